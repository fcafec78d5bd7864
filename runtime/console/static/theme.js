// Light, dark, or whatever the system has.

import { changed } from "./store.js";

const KEPT = "eryao.theme";
const THEMES = ["auto", "light", "dark"];
let chosen = localStorage.getItem(KEPT) ?? "auto";
document.documentElement.dataset.theme = chosen;

export function theme() {
  return chosen;
}

export function nextTheme() {
  chosen = THEMES[(THEMES.indexOf(chosen) + 1) % THEMES.length];
  localStorage.setItem(KEPT, chosen);
  document.documentElement.dataset.theme = chosen;
  changed();
}

// The colour of a name in the style sheet, for what is drawn on a canvas.
export function colour(name) {
  const probe = document.createElement("i");
  probe.className = `ink-${name}`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}
