// Addresses of the console: #/readings/ID and its like.

import { set, state } from "./store.js";

const NAMES = new Set(["cast", "readings", "points", "notices", "figures", "you"]);
const leaving = [];

export function onLeave(fn) {
  leaving.push(fn);
}

export function startRouting() {
  // A browser that goes back takes the page to where it once was, which is another place by the time
  // its data has come: what is focused there would be out of sight.
  history.scrollRestoration = "manual";
  addEventListener("hashchange", arrive);
  arrive();
}

export function go(path) {
  location.hash = `#/${path}`;
}

// What a page asks for when it is come to, once more: for somebody else, perhaps.
export function revisit() {
  for (const fn of leaving) fn(state.route);
}

function arrive() {
  const [name, id = null] = location.hash.replace(/^#\/?/, "").split("/");
  const route = { name: NAMES.has(name) ? name : "cast", id };
  for (const fn of leaving) fn(route);
  // A page begins at its beginning, and not where the one before it was left: who is there is
  // taken for somebody who has moved.
  scrollTo(0, 0);
  set({ route });
  // People who listen to the page are taken to its heading; who looks at it may have been led on by then.
  const greet = () => document.querySelector("h1")?.focus({ preventScroll: true });
  requestAnimationFrame(() => requestAnimationFrame(greet));
}
