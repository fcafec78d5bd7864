// The chart (排盘), drawn from `divination_derived` as practitioners draw it: the top line first,
// what stands at each line, its moving mark and 世应, and beside it what it turns into.

import { lang, term } from "../i18n.js";
import { html, nothing, svg } from "../lit.js";

const STEP = 47;
const TOP = 16;
const BAR = { primary: 92, changed: 60 };
const THICK = 9;
const MARKS = { 9: "○", 6: "×" };

// Where each column begins; English words take more room.
function columns() {
  const english = lang() === "en";
  const seat = english ? 62 : 48;
  const lines = seat + (english ? 84 : 64);
  const mark = lines + BAR.primary + 6;
  const turned = mark + 44;
  const turnedSeat = turned + BAR.changed + 8;
  return { spirit: 0, seat, lines, mark, role: mark + 20, turned, turnedSeat, end: turnedSeat + (english ? 58 : 50) };
}

export function chartFigure(chart) {
  if (!chart) return nothing;
  return html`<figure class="chart">
    <figcaption>${names(chart)} ${moment(chart)}</figcaption>
    <svg viewBox="0 0 ${columns().end} ${TOP + 6 * STEP}" aria-hidden="true">${chart.lines.map((line) => row(line, chart, columns()))}</svg>
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
  const palace = term("CHART", "palace", { n: hexagram.palace });
  return html`<span class="name"><b lang="zh-Hans">${hexagram.fullName}</b><small>${palace}</small></span>`;
}

function moment({ calendar }) {
  const { pillars } = calendar;
  const parts = [
    term("CHART", "pillars", pillars),
    term("CHART", "voids", { n: calendar.void.join("") }),
    term("CHART", "term", { n: calendar.term.name }),
  ];
  return html`<p class="moment">${parts.map((part) => html`<span>${part}</span>`)}</p>`;
}

// --- the lines -----------------------------------------------------------------------------------

function row(line, chart, at) {
  const y = TOP + (6 - line.position) * STEP;
  const classes = ["row", `rises-${line.position}`, line.moving ? "moving" : ""].join(" ");
  return svg`<g class=${classes} transform="translate(0 ${y})">
    ${focusMark(line, chart, at)}
    <text class="spirit" x=${at.spirit} y="14">${term("SPIRITS", line.spirit)}</text>
    ${seat(line, at.seat)}
    ${bars(at.lines, BAR.primary, line.yang)}
    ${line.hidden ? svg`<text class="hidden" x=${at.lines} y="26">${hidden(line.hidden)}</text>` : nothing}
    ${line.moving ? svg`<text class="mark" x=${at.mark} y="15">${MARKS[line.value]}</text>` : nothing}
    ${line.role ? svg`<text class="role" x=${at.role} y="14">${role(line)}</text>` : nothing}
    ${chart.changed ? turned(line, at) : nothing}
  </g>`;
}

function role(line) {
  return lang() === "en" ? { shi: "世", ying: "应" }[line.role] : term("ROLES", line.role);
}

function bars(x, width, yang) {
  const half = (width - width * 0.17) / 2;
  return yang
    ? svg`<rect x=${x} y="4" width=${width} height=${THICK} />`
    : svg`<rect x=${x} y="4" width=${half} height=${THICK} /><rect x=${x + width - half} y="4" width=${half} height=${THICK} />`;
}

// What stands at a line: whose it is, and below it stem, branch and element.
function seat(stands, x) {
  const empty = stands.void ? svg`<tspan class="void" dx="3" dy="-4">${term("CHART", "void")}</tspan>` : nothing;
  return svg`<text class="relative" x=${x} y="9">${term("RELATIVES", stands.relative)}${empty}</text>
    <text class="branch" x=${x} y="24">${stemBranch(stands)}</text>`;
}

function stemBranch(stands) {
  const element = term("ELEMENTS", stands.element);
  return lang() === "en" ? `${stands.branch} ${element}` : `${stands.stem}${stands.branch}${element}`;
}

function hidden(stands) {
  return term("CHART", "hidden", { who: term("RELATIVES", stands.relative), branch: stands.branch });
}

// A line that does not move stays as it is, without a seat of its own.
function turned(line, at) {
  const yang = line.yang !== line.moving;
  return svg`<g class=${line.moving ? "turned" : "turned rests"}>
    ${bars(at.turned, BAR.changed, yang)}
    ${line.changed ? seat(line.changed, at.turnedSeat) : nothing}
  </g>`;
}

function focusMark(line, { focus }, at) {
  if (focus.position !== line.position) return nothing;
  return svg`<path class="focus" d="M${at.seat - 8} -1v27"/>`;
}

function spoken(line, { focus }) {
  const parts = [
    line.label,
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
