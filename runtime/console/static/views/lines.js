// Coins and bare lines, before there is a chart.

import { t } from "../i18n.js";
import { html, nothing, svg } from "../lit.js";

const HOLE = "M20 20h14v14h-14z";
const MARKS = { 6: "×", 9: "○" };

export function coin(face, place, spinning, turn) {
  // The turn is in the class so that each throw is an animation of its own.
  const motion = spinning ? `spin-${face} spin-${turn % 2 ? "odd" : "even"} at-${place}` : "";
  return html`<span class="coin face-${face} ${motion}">
    <svg class="side front" viewBox="0 0 54 54">${ring()}
      <g class="legend"><text x="27" y="15.500">元</text><text x="27" y="46.500">亨</text><text x="43" y="31.200">利</text><text x="11" y="31.200">贞</text></g>
    </svg>
    <svg class="side back" viewBox="0 0 54 54">${ring()}<path class="signs" d="M11 22c3 3-1 6 1 10M42 22c-2 3 2 6 0 10"/></svg>
  </span>`;
}

function ring() {
  return svg`<circle class="disc" cx="27" cy="27" r="25.500"/><circle class="rim" cx="27" cy="27" r="22.500"/><path class="hole" d=${HOLE} />`;
}

function strokes(value, x = 0, width = 120) {
  const half = (width - width * 0.16) / 2;
  const yang = value % 2 === 1;
  return yang
    ? svg`<rect x=${x} y="0" width=${width} height="9" />`
    : svg`<rect x=${x} y="0" width=${half} height="9" /><rect x=${x + width - half} y="0" width=${half} height="9" />`;
}

// The hexagram as it grows, from the bottom up.
export function growing(values) {
  return html`<div class="heard">${values.map((value, at) => html`<span>${t("thrown", { n: at + 1, line: t(`lineOf${value}`) })}. </span>`)}</div>
  <svg class="growing" viewBox="0 0 160 150" aria-hidden="true">
    ${[0, 1, 2, 3, 4, 5].map((at) => {
      const value = values[at];
      return svg`<g transform="translate(10 ${130 - at * 24})" class=${value ? (MARKS[value] ? "line moving" : "line") : "line empty"}>
        ${value ? strokes(value) : svg`<rect x="0" y="4" width="120" height="1" />`}
        ${MARKS[value] ? svg`<text x="138" y="9">${MARKS[value]}</text>` : nothing}
      </g>`;
    })}
  </svg>`;
}

// The same by hand: the top line first, as it stands on paper.
export function tappable(values, tap) {
  return html`<div class="tappable">
    ${[5, 4, 3, 2, 1, 0].map((at) => {
      const value = values[at];
      return html`<button type="button" class=${MARKS[value] ? "moving" : ""} data-line=${at + 1}
        aria-label=${value ? t("tapLine", { n: at + 1, line: t(`lineOf${value}`) }) : t("tapNone", { n: at + 1 })} @click=${() => tap(at)}>
        <svg viewBox="0 0 160 9" aria-hidden="true">${value ? strokes(value, 10) : svg`<rect class="none" x="10" y="4" width="120" height="1" />`}</svg><span aria-hidden="true">${MARKS[value] ?? nothing}</span>
      </button>`;
    })}
  </div>`;
}
