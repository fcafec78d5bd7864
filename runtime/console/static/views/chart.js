// The chart (排盘), drawn from `divination_derived` as practitioners draw it: the top line first,
// what stands at each line, its moving mark and 世应, and beside it what it turns into.

import { GLYPHS, HEXAGRAMS, SOLAR_TERMS } from "../art-names.js";
import { lang, t, term } from "../i18n.js";
import { html, nothing, svg } from "../lit.js";

const STEP = 47;
const TOP = 16;
const THICK = 9;
const MARKS = { 9: "○", 6: "×" };

// Where each column begins and how wide the strokes are; English words take more room.
const PLACES = {
  zh: { hides: 0, seat: 48, lines: 112, bar: 92, mark: 210, role: 230, turned: 254, turnedBar: 60, turnedSeat: 322, end: 372 },
  en: { hides: 14, seat: 66, lines: 152, bar: 62, mark: 220, role: 237, turned: 280, turnedBar: 40, turnedSeat: 328, end: 416 },
};

function columns() {
  return PLACES[isEnglish() ? "en" : "zh"];
}

function isEnglish() {
  return lang() === "en";
}

// What the chart writes in characters, spelled as the readings spell it.
function spelled(characters) {
  return isEnglish() ? [...characters].map((one) => GLYPHS[one] ?? one).join(" ") : characters;
}

export function chartFigure(chart) {
  if (!chart) return nothing;
  const end = chart.changed ? columns().end : columns().role + 40;
  return html`<figure class=${chart.changed ? "chart" : "chart still"}>
    <figcaption>${names(chart)} ${moment(chart)}</figcaption>
    <svg viewBox="0 0 ${end} ${TOP + 6 * STEP}" aria-hidden="true">${chart.lines.map((line) => row(line, chart, columns()))}</svg>
    ${legend()}
    <ol class="heard" reversed>${[...chart.lines].reverse().map((line) => html`<li>${spoken(line, chart)}</li>`)}</ol>
  </figure>`;
}

// --- above the lines -----------------------------------------------------------------------------

function names({ primary, changed }) {
  return html`<p class="names">
    ${name(primary)} ${changed ? html`<i class="to">${term("CHART", "becomes")}</i>${name(changed)}` : nothing}
  </p>`;
}

function name(hexagram) {
  const palace = term("CHART", "palace", { n: spelled(hexagram.palace) });
  if (isEnglish()) return html`<span class="name"><b>${HEXAGRAMS[hexagram.number - 1]}</b><small>${hexagram.number} · ${palace}</small></span>`;
  return html`<span class="name"><b lang="zh-Hans">${hexagram.fullName}</b><small>${palace}</small></span>`;
}

// What stands in a chart is said in few words; whoever has never seen one looks here.
function legend() {
  return html`<details class="key"><summary>${t("chartKey")}</summary>
    <dl>${["Lines", "Moving", "Self", "Other", "Focus", "Relatives", "Void", "Beneath", "Spirits"].map((name) => html`<dt>${t(`key${name}`)}</dt><dd>${t(`key${name}Is`)}</dd>`)}</dl></details>`;
}

function moment({ calendar }) {
  const pillars = Object.fromEntries(Object.entries(calendar.pillars).map(([name, pillar]) => [name, spelled(pillar)]));
  const { code, name: solarTerm } = calendar.term;
  const parts = [
    term("CHART", "pillars", pillars),
    term("CHART", "voids", { n: isEnglish() ? calendar.void.map(spelled).join(", ") : calendar.void.join("") }),
    term("CHART", "term", { n: isEnglish() ? SOLAR_TERMS[code] : solarTerm }),
  ];
  return html`<p class="moment">${parts.map((part) => html`<span>${part}</span>`)}</p>`;
}

// --- the lines -----------------------------------------------------------------------------------

function row(line, chart, at) {
  const y = TOP + (6 - line.position) * STEP;
  const classes = ["row", `rises-${line.position}`, line.moving ? "moving" : ""].join(" ");
  return svg`<g class=${classes} transform="translate(0 ${y})">
    ${focusMark(line, chart, at)}
    ${spirit(line)}
    ${seat(line, at.seat)}
    ${bars(at.lines, at.bar, line.yang)}
    ${line.hidden ? svg`<text class="hidden" x=${at.lines + (line.void ? at.hides : 0)} y="26">${hidden(line.hidden)}</text>` : nothing}
    ${line.moving ? svg`<text class="mark" x=${at.mark} y="15">${MARKS[line.value]}</text>` : nothing}
    ${line.role ? svg`<text class="role" x=${at.role} y="14">${term("ROLES", line.role)}</text>` : nothing}
    ${chart.changed ? turned(line, at) : nothing}
  </g>`;
}

// In English two words, one under the other.
function spirit({ spirit: code }) {
  const words = term("SPIRITS", code).split(" ");
  return words.map((word, row) => svg`<text class="spirit" x="0" y=${words.length > 1 ? 8 + row * 13 : 14}>${word}</text>`);
}

function bars(x, width, yang) {
  const half = (width - width * 0.17) / 2;
  return yang
    ? svg`<rect x=${x} y="4" width=${width} height=${THICK} />`
    : svg`<rect x=${x} y="4" width=${half} height=${THICK} /><rect x=${x + width - half} y="4" width=${half} height=${THICK} />`;
}

// What stands at a line: whose it is, and below it stem, branch and element.
function seat(stands, x) {
  const empty = (dy) => (stands.void ? svg`<tspan class="void" dx="4" dy=${dy}>${term("CHART", "void")}</tspan>` : nothing);
  return svg`<text class="relative" x=${x} y="9">${term("RELATIVES", stands.relative)}${isEnglish() ? nothing : empty(-4)}</text>
    <text class="branch" x=${x} y="24">${stemBranch(stands)}${isEnglish() ? empty(0) : nothing}</text>`;
}

function stemBranch(stands) {
  const element = term("ELEMENTS", stands.element);
  return isEnglish() ? `${spelled(stands.branch)} ${element}` : `${stands.stem}${stands.branch}${element}`;
}

function hidden(stands) {
  return term("CHART", "hidden", { who: term("RELATIVES", stands.relative), branch: spelled(stands.branch) });
}

// A line that does not move stays as it is, without a seat of its own.
function turned(line, at) {
  const yang = line.yang !== line.moving;
  return svg`<g class=${line.moving ? "turned" : "turned rests"}>
    ${bars(at.turned, at.turnedBar, yang)}
    ${line.changed ? seat(line.changed, at.turnedSeat) : nothing}
  </g>`;
}

function focusMark(line, { focus }, at) {
  if (focus.position !== line.position) return nothing;
  return svg`<path class="focus" d="M${at.seat - 8} -1v27"/>`;
}

function spoken(line, { focus }) {
  const parts = [
    isEnglish() ? t("thrown", { n: line.position, line: t(`lineOf${line.value}`) }) : line.label,
    term("SPIRITS", line.spirit),
    `${term("RELATIVES", line.relative)} ${stemBranch(line)}`,
    line.void && term("CHART", "void"),
    line.role && term("ROLES", line.role),
    focus.position === line.position && term("CHART", "focus"),
    line.hidden && hidden(line.hidden),
    line.changed && `${term("CHART", "moving")} → ${term("RELATIVES", line.changed.relative)} ${stemBranch(line.changed)}`,
  ];
  return parts.filter(Boolean).join(", ");
}
