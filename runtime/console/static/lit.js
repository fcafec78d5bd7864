// The few pieces of lit-html that the console is drawn with.

export { html, nothing, render, svg } from "./vendor/lit-html/lit-html.js";
export { live } from "./vendor/lit-html/directives/live.js";
export { ref } from "./vendor/lit-html/directives/ref.js";
export { repeat } from "./vendor/lit-html/directives/repeat.js";
