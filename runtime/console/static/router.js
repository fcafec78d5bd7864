// Addresses of the console: #/readings/ID and its like.

import { set } from "./store.js";

const NAMES = new Set(["cast", "readings", "points", "notices", "figures"]);
const leaving = [];

export function onLeave(fn) {
  leaving.push(fn);
}

export function startRouting() {
  addEventListener("hashchange", arrive);
  arrive();
}

export function go(path) {
  location.hash = `#/${path}`;
}

function arrive() {
  const [name, id = null] = location.hash.replace(/^#\/?/, "").split("/");
  const route = { name: NAMES.has(name) ? name : "cast", id };
  for (const fn of leaving) fn(route);
  set({ route });
  // People who listen to the page are taken to its heading.
  requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector("h1")?.focus()));
}
