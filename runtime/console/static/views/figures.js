// The server's figures as they change, read from what it tells Prometheus.

import { number, region, t } from "../i18n.js";
import { html, nothing, ref } from "../lit.js";
import { onLeave } from "../router.js";
import { changed } from "../store.js";
import { colour } from "../theme.js";

const EVERY_MS = 2000;
const KEPT = 90;
const SPAN_S = 180;
// What is drawn of a sample, some of it against the one before.
const PLOTS = {
  openStreams: (now) => now.eryao_open_streams,
  activeRuns: (now) => now.eryao_active_runs,
  perSecond: (now, before) => before && (now.requests - before.requests) / (now.at - before.at),
  microsEach: (now, before) => before && microsEach(now, before),
};

const seen = []; // samples, the oldest first
let timer = null;
let missing = false;
const drawn = new Map(); // by name: {uplot, element}

onLeave(({ name }) => {
  clearInterval(timer);
  timer = null;
  for (const { uplot } of drawn.values()) uplot.destroy();
  drawn.clear();
  if (name !== "figures") return;
  look();
  timer = setInterval(look, EVERY_MS);
});

export function figuresView() {
  const now = seen.at(-1);
  return html`<section>
    <h1 tabindex="-1">${t("figuresTitle")}</h1>
    ${missing ? html`<p class="note">${t("noFigures")}</p>` : nothing}
    ${now ? facts(now) : nothing}
    <div class="plots">
      ${Object.keys(PLOTS).map((name) => html`<div><h2>${t(name)}</h2><div class="plot" data-plot=${name} role="img" aria-label="${t(name)}: ${latest(name)}" ${ref((element) => place(name, element))}></div></div>`)}
    </div>
    <p class="faint">${note()}</p>
  </section>`;
}

function note() {
  const [before, after] = t("figuresNote").split("{link}");
  return html`${before}<a href="/metrics">/metrics</a>${after}`;
}

function facts(now) {
  const told = { openStreams: now.eryao_open_streams, activeRuns: now.eryao_active_runs, runsEnded: now.runs, eventsLogged: now.eryao_events_logged_total, refunds: now.eryao_refunds_total };
  return html`<dl class="facts">${Object.entries(told).map(([name, value]) => html`<div><dt>${t(name)}</dt><dd data-figure=${name}>${number(value ?? 0)}</dd></div>`)}</dl>`;
}

function latest(name) {
  const value = series(name).at(-1);
  return value === null || value === undefined ? "–" : number(Math.round(value * 10) / 10);
}

async function look() {
  const response = await fetch("/metrics", { cache: "no-store" }).catch(() => null);
  missing = !response?.ok;
  if (!missing) {
    seen.push(sample(await response.text()));
    if (seen.length > KEPT) seen.shift();
  }
  for (const [name, { uplot }] of drawn) uplot.setData(dataOf(name));
  changed();
}

// Names without labels as they are; those with labels summed up.
function sample(text) {
  const now = { at: Date.now() / 1000, requests: 0, runs: 0 };
  for (const [, name, labels, value] of text.matchAll(/^([a-z_]+)(\{.*\})? (\S+)$/gm)) {
    if (!labels) now[name] = Number(value);
    else if (name === "eryao_requests_total") now.requests += Number(value);
    else if (name === "eryao_runs_ended_total") now.runs += Number(value);
  }
  return now;
}

// Events are counted when their run ends, so a quiet spell has no price to tell.
function microsEach(now, before) {
  const events = now.eryao_events_logged_total - before.eryao_events_logged_total;
  const seconds = now.process_cpu_seconds_total - before.process_cpu_seconds_total;
  return events > 0 && Number.isFinite(seconds) ? (seconds / events) * 1e6 : null;
}

function series(name) {
  return seen.map((now, place) => PLOTS[name](now, seen[place - 1]) ?? null);
}

function dataOf(name) {
  return [seen.map(({ at }) => at), series(name)];
}

async function place(name, element) {
  if (!element || drawn.get(name)?.element === element) return;
  const { default: UPlot } = await import("../vendor/uplot/uPlot.esm.js");
  if (!element.isConnected || timer === null) return;
  drawn.get(name)?.uplot.destroy();
  drawn.set(name, { element, uplot: new UPlot(options(name, element), dataOf(name), element) });
}

function options(name, element) {
  const axis = { stroke: colour("faint"), grid: { stroke: colour("hair"), width: 1 }, ticks: { show: false }, font: "11px sans-serif" };
  const clock = new Intl.DateTimeFormat(region(), { timeStyle: "short" });
  return {
    width: element.clientWidth,
    height: 170,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { range: () => [Date.now() / 1000 - SPAN_S, Date.now() / 1000] },
      y: { range: (_, low, high) => [0, Math.max(1, (high ?? 1) * 1.15)] },
    },
    axes: [
      { ...axis, grid: { show: false }, space: 90, values: (_, ticks) => ticks.map((tick) => clock.format(tick * 1000)) },
      { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000], values: (_, ticks) => ticks.map((tick) => number(tick)) },
    ],
    series: [{}, { stroke: colour(name === "microsEach" ? "jade" : "seal"), width: 1.8, spanGaps: true, points: { show: false } }],
  };
}
