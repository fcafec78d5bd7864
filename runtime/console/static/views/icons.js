// Small drawings in the line of the text.

import { html, svg } from "../lit.js";

// 二爻: the second line, counted from below.
export function mark() {
  return html`<svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
    ${[0, 1, 2, 3, 5].map((row) => svg`<rect x="3" y=${1.5 + row * 3.8} width="18" height="2" />`)}
    <rect class="second" x="3" y=${1.5 + 4 * 3.8} width="7.6" height="2" /><rect class="second" x="13.4" y=${1.5 + 4 * 3.8} width="7.6" height="2" />
  </svg>`;
}

function icon(body) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${body}</svg>`;
}

export const sun = () =>
  icon(svg`<circle cx="12" cy="12" r="4.2"/><path d="M12 2.5v3M12 18.500v3M2.500 12h3M18.500 12h3M5.300 5.300l2.100 2.100M16.600 16.600l2.100 2.100M5.300 18.700l2.100-2.100M16.600 7.400l2.100-2.100"/>`);
export const moon = () => icon(svg`<path d="M19.500 14.500A8 8 0 0 1 9.500 4.500a8 8 0 1 0 10 10Z"/>`);
export const both = () => icon(svg`<circle cx="12" cy="12" r="8"/><path class="full" d="M12 4a8 8 0 0 1 0 16Z"/>`);
export const bell = () => icon(svg`<path d="M6 16.500V11a6 6 0 0 1 12 0v5.500l1.500 1.500h-15ZM10 20.500h4"/>`);
export const plug = () => icon(svg`<path d="M9 3v5M15 3v5M6.500 8h11v3.500a5.500 5.500 0 0 1-11 0ZM12 17v4.500"/>`);
export const bin = () => icon(svg`<path d="M4.500 7h15M9.500 7V4.500h5V7M6.500 7l1 12.500h9l1-12.500"/>`);
export const back = () => icon(svg`<path d="m14.500 5-7 7 7 7"/>`);
export const clip = () => icon(svg`<path d="m19.500 11-7.800 7.800a4.800 4.800 0 0 1-6.800-6.800l8-8a3.200 3.200 0 0 1 4.500 4.500l-7.800 7.800a1.600 1.600 0 0 1-2.300-2.300l7.200-7.200"/>`);
export const mic = () => icon(svg`<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5.500 11.500a6.500 6.500 0 0 0 13 0M12 18v3.500"/>`);
export const cross = () => icon(svg`<path d="m6.500 6.500 11 11M17.500 6.500l-11 11"/>`);
export const sheet = () => icon(svg`<path d="M6.500 3.500h7.500l4 4v13h-11.500ZM14 3.500v4h4"/>`);
export const wave = () => icon(svg`<path d="M4.500 10v4M8.200 7v10M12 4v16M15.800 7v10M19.500 10v4"/>`);
export const person = () => icon(svg`<circle cx="12" cy="8" r="4"/><path d="M4.500 20.500a7.500 7.500 0 0 1 15 0"/>`);
