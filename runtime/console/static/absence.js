// A server that does not answer: knocked at until it does, and what failed meanwhile asked again.

import { set, state } from "./store.js";

const FIRST_MS = 1000;
const LONGEST_MS = 10_000;
const KNOCK_MS = 5000; // something may take a knock and never answer it
const missed = [];
let timer = null;

// `fn` asks again for what could not be had, where there is such a thing.
export function onReturn(fn) {
  missed.push(fn);
}

export function gone() {
  if (state.reachable) set({ reachable: false });
  if (timer === null) wait(0);
}

export function back() {
  clearTimeout(timer);
  timer = null;
  if (state.reachable) return;
  set({ reachable: true });
  for (const fn of missed) fn();
}

// All pages of a server that fell over knock; not all at the same moment.
function wait(tries) {
  const ms = Math.min(FIRST_MS * 2 ** tries, LONGEST_MS) * (0.5 + Math.random() / 2);
  timer = setTimeout(() => knock(tries), ms);
}

function knock(tries) {
  const signal = AbortSignal.timeout(KNOCK_MS);
  fetch("/healthz", { cache: "no-store", signal }).then(back, () => wait(tries + 1));
}

addEventListener("online", () => {
  if (timer === null) return;
  clearTimeout(timer);
  knock(0);
});
