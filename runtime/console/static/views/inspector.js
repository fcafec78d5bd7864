// What goes over the wire: connections with their cursors, tool calls, and every event.

import { desk } from "../desk.js";
import { number, t } from "../i18n.js";
import { html, nothing, repeat } from "../lit.js";
import { changed } from "../store.js";
import { plug } from "./icons.js";

// So many rows at once: a reading may have thousands of events, and the page stays quick.
const SHOWN = 120;
const page = { line: null, end: null }; // `end`: the place after the last one shown, null for the newest

export function inspector(onClose) {
  const { line, thread } = desk;
  if (!line) return nothing;
  if (page.line !== line) Object.assign(page, { line, end: null });
  const calls = thread.items.filter((item) => item.kind === "call");
  return html`<section class="inspector" aria-label=${t("inspectorTitle")}>
    <header><h2>${t("inspectorTitle")}</h2><code>${line.runId}</code>
      ${line.over ? nothing : html`<button class="pull" title=${t("pullWhy")} aria-disabled=${line.state === "live" ? "false" : "true"} @click=${() => pull(line)}>${plug()}${t("pull")}</button>`}
      <button class="quiet" @click=${onClose}>${t("close")}</button></header>
    <div class="wires" tabindex="0" role="region" aria-label=${t("connections")}>
      <h3>${t("connections")}</h3>
      <ol class="attempts">${line.attempts.map((attempt) => connection(attempt, line))}</ol>
      <h3>${t("toolCalls")}</h3>
      ${calls.length ? calls.map((call) => html`<p class="wire"><code>${call.name}</code> <b>${call.state}</b> <code>${call.args}</code></p>`) : html`<p class="faint">${t("noneYet")}</p>`}
    </div>
    <div class="told-by">${events(line)}</div>
  </section>`;
}

// Its button stays while the line is down, so that nothing jumps and the keyboard is not lost.
function pull(line) {
  if (line.state === "live") line.pull();
}

function turn(end) {
  page.end = end;
  changed();
}

function connection(attempt, line) {
  const since = attempt.at - line.attempts[0].at;
  const why = attempt.why && (reasons.has(attempt.why) ? t(`why_${attempt.why}`) : attempt.why);
  return html`<li data-attempt=${attempt.number} data-from=${attempt.cursor ?? ""}>
    <b>${t("attempt", { n: attempt.number })}</b> <code>${attempt.posts ? "POST" : "GET"} ${attempt.status ?? "…"}</code> +${Math.round(since)} ms<br />
    ${attempt.cursor ? html`<code>Last-Event-ID: ${attempt.cursor}</code>` : t("fromStart")} → ${t("gave", { n: attempt.events })}
    ${attempt.first ? html`<code>${attempt.first} … ${numberOf(attempt.last)}</code>` : nothing}
    ${why ? html`<span class="faint">· ${why}</span>` : nothing}
  </li>`;
}

const reasons = new Set(["pulled", "network", "closed", "ended", "silence"]);

function numberOf(id) {
  return id?.split("-")[1];
}

function events(line) {
  const { length } = line.log;
  const end = page.end ?? length;
  const start = Math.max(0, end - SHOWN);
  const shown = line.log.slice(start, end);
  const from = line.log[0]?.at ?? 0;
  return html`<h3>${t("events")} <b>${number(length)}</b>
      ${start > 0 ? html`<button class="link" @click=${() => turn(start)}>${t("earlier")}</button>` : nothing}
      ${page.end === null ? nothing : html`<button class="link" @click=${() => turn(null)}>${t("newest")}</button>`}</h3>
    <div class="log" tabindex="0" role="region" aria-label=${t("events")}>
    <table><tbody>
      ${repeat([...shown].reverse(), (event) => event.id, (event) => html`<tr class="attempt-${event.attempt % 2}">
        <td>${numberOf(event.id)}</td><td>${Math.round(event.at - from)} ms</td><td>${event.data.type}</td><td>${gist(event.data)}</td>
      </tr>`)}
    </tbody></table>
  </div>`;
}

function gist(data) {
  if (typeof data.delta === "string") return data.delta;
  if (data.type === "STATE_DELTA") return data.delta.map(({ path }) => path).join(" ");
  return data.outcome?.type ?? data.toolCallName ?? data.activityType ?? data.code ?? data.content ?? "";
}
