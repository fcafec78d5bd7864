// The chart (排盘), drawn from `divination_derived` as practitioners draw it: the top line first,
// what stands at each line, its moving mark and 世应, and beside it what it turns into.

import { lang, term } from "../i18n.js";
import { html, nothing, svg } from "../lit.js";

const STEP = 47;
const TOP = 16;
const WIDTH = 400;
// Where each column begins.
const AT = { spirit: 0, seat: 58, lines: 146, mark: 246, role: 264, turned: 296, turnedSeat: 372 };
const BAR = { primary: 92, changed: 64 };
const THICK = 9;
const MARKS = { 9: "○", 6: "×" };

export function chartFigure(chart) {
  if (!chart) return nothing;
  return html`<figure class="chart">
    <figcaption>${names(chart)} ${moment(chart)}</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${TOP + 6 * STEP}" aria-hidden="true">${chart.lines.map((line) => row(line, chart))}</svg>
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

function row(line, chart) {
  const y = TOP + (6 - line.position) * STEP;
  const classes = ["row", `rises-${line.position}`, line.moving ? "moving" : ""].join(" ");
  return svg`<g class=${classes} transform="translate(0 ${y})">
    ${focusMark(line, chart)}
    <text class="spirit" x=${AT.spirit} y="14">${term("SPIRITS", line.spirit)}</text>
    ${seat(line, AT.seat, line)}
    ${bars(AT.lines, BAR.primary, line.yang)}
    ${line.moving ? svg`<text class="mark" x=${AT.mark} y="15">${MARKS[line.value]}</text>` : nothing}
    ${line.role ? svg`<text class="role" x=${AT.role} y="14">${role(line)}</text>` : nothing}
    ${chart.changed ? turned(line) : nothing}
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

// What stands at a line: whose it is, and below it stem, branch and element, and what lies hidden.
function seat(stands, x, line) {
  const empty = stands.void ? svg`<tspan class="void" dx="3" dy="-4">${term("CHART", "void")}</tspan>` : nothing;
  const under = line?.hidden ? svg`<tspan dx="4" class="hidden">${hidden(line.hidden)}</tspan>` : nothing;
  return svg`<text class="relative" x=${x} y="9">${term("RELATIVES", stands.relative)}${empty}</text>
    <text class="branch" x=${x} y="24">${stemBranch(stands)}${under}</text>`;
}

function stemBranch(stands) {
  const element = term("ELEMENTS", stands.element);
  return lang() === "en" ? `${stands.branch} ${element}` : `${stands.stem}${stands.branch}${element}`;
}

function hidden(stands) {
  return lang() === "en"
    ? `⟨${term("RELATIVES", stands.relative)} ${stands.branch}⟩`
    : `伏${term("RELATIVES", stands.relative)}${stands.branch}`;
}

// A line that does not move stays as it is, without a seat of its own.
function turned(line) {
  const yang = line.yang !== line.moving;
  return svg`<g class=${line.moving ? "turned" : "turned rests"}>
    ${bars(AT.turned, BAR.changed, yang)}
    ${line.changed ? seat(line.changed, AT.turnedSeat) : nothing}
  </g>`;
}

function focusMark(line, { focus }) {
  if (focus.position !== line.position) return nothing;
  return svg`<path class="focus" d="M${AT.seat - 8} -1v27"/>`;
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
