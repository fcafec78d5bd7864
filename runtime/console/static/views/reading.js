// One session: the chart, the reading as it arrives, what it asks, and what may still be asked.

import { onReturn } from "../absence.js";
import { cancel, desk, followUp, open, send as sent } from "../desk.js";
import { catchFocus } from "../focus.js";
import { hasWord, sentence, t } from "../i18n.js";
import { html, live, nothing, repeat } from "../lit.js";
import { onLeave } from "../router.js";
import { changed, state } from "../store.js";
import { Tray } from "../tray.js";
import { approvalCard } from "./approval.js";
import { chartFigure } from "./chart.js";
import { filesButton, filesShown, sentFiles, takingFiles } from "./files.js";
import { inspector } from "./inspector.js";
import { counted, problemNote } from "./notes.js";
import { prose } from "./prose.js";
import { sharing } from "./sharing.js";
import { spoken, voiceButton, voiceNote } from "./voice.js";

const LONG = 140;
const MOST_LETTERS = 4000;
const page = { inspecting: false, draft: "", sending: false, asked: null, begun: null, led: null, sure: null, whole: false };
const tray = new Tray();
const taking = takingFiles(tray);

// What was added here was meant for this reading; what could not be opened is tried again on return.
onLeave(({ id }) => {
  if (id !== desk.thread?.id) tray.empty();
  page.asked = null;
});

onReturn(() => {
  const { name, id } = state.route;
  if (name === "readings" && id && desk.thread?.id !== id && desk.problem) fetchIt(id);
});

// On a narrow page the words begin below its edge: who has not gone elsewhere is led to them, once.
function lead() {
  const { line, thread } = desk;
  const hasBegun = line?.state === "live" && thread.items.some((item) => item.kind === "text" && item.text);
  if (!hasBegun || page.begun === line) return;
  page.begun = line;
  requestAnimationFrame(() => {
    const place = document.querySelector("article");
    if (scrollY > 40 || !place || place.getBoundingClientRect().top < innerHeight * 0.6) return;
    page.led = line; // from now on the article is high enough to be scrolled to
    place.classList.add("led");
    place.scrollIntoView({ behavior: motion(), block: "start" });
  });
}

function motion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
}

export function readingView(id) {
  if (desk.thread?.id !== id) {
    if (page.asked !== id) fetchIt(id);
    return html`<section class="list">
      <h1 tabindex="-1">${t("readings")}</h1>
      ${desk.problem ? html`${problemNote(desk.problem, desk.problem.status === 404 ? null : () => fetchIt(id))}<p><a class="button" href="#/readings">${t("allReadings")}</a></p>` : html`<p class="faint">${t("loading")}…</p>`}
    </section>`;
  }
  const { thread } = desk;
  lead();
  return html`<div class=${page.inspecting ? "reading inspected" : "reading"}>
    ${heading(question(thread))}
    ${status()}
    <aside class="beside">${chartFigure(thread.chart)}</aside>
    <article tabindex="-1" class="${desk.line?.state ?? ""} ${page.led && page.led === desk.line ? "led" : ""}" aria-busy=${underWay() ? "true" : "false"} data-outcome=${thread.outcome ?? ""}>
      ${repeat(thread.items, (item) => `${item.kind}-${item.id}`, (item, place) => drawn(item, place))}
      ${ending()} ${problemNote(besideFields(desk.problem))} ${isRead() ? sharing(thread.id) : nothing} ${composer()}
    </article>
    ${page.inspecting ? inspector(toggle) : nothing}
  </div>`;
}

function fetchIt(id) {
  page.asked = id;
  open(id);
}

// A long question would fill a screen: its beginning stands there, and the rest on demand.
function heading(text) {
  if (text.length <= LONG) return html`<h1 tabindex="-1">${text}</h1>`;
  const turn = () => {
    page.whole = !page.whole;
    changed();
  };
  return html`<div class="long"><h1 tabindex="-1" class=${page.whole ? "" : "clamped"}>${text}</h1>
    <button class="link" aria-expanded=${page.whole ? "true" : "false"} @click=${turn}>${t(page.whole ? "showLess" : "showAll")}</button></div>`;
}

// Whole, where the title is cut to fit a list.
function question(thread) {
  return thread.items.find((item) => item.kind === "user")?.text ?? thread.title;
}

// What stands at the fields of a question to the user is not told a second time.
function besideFields(problem) {
  return problem?.code === "AGENT_DECISION_INVALID" ? { ...problem, errors: [] } : problem;
}

function isRead() {
  const { interrupts, runs } = desk.thread;
  return !underWay() && !interrupts.length && runs.some(({ status }) => status === "succeeded");
}

function underWay() {
  return desk.line !== null && !desk.line.over;
}

// --- the line to the server ----------------------------------------------------------------------

function status() {
  const [look, text] = standing();
  return html`<div class="status">
    <span class="pulse ${look}" data-line=${desk.line?.state ?? "none"}>${text}</span>
    ${underWay() ? stopper() : nothing}
    ${desk.line ? html`<button class="quiet" aria-expanded=${page.inspecting ? "true" : "false"} @click=${toggle}>${t("inspector")}</button>` : nothing}
    ${desk.thread.interrupts.length && !underWay() ? html`<button class="quiet" @click=${showQuestion}>${t("showQuestion")}</button>` : nothing}
    ${desk.caught ? html`<span class="caught">${t("resumed", { n: desk.caught.after, caught: desk.caught.count })}</span>` : nothing}
  </div>`;
}

// Before its first word it costs nothing to call a reading off; afterwards it is asked whether they mean it.
function stopper() {
  if (page.sure !== desk.line) return html`<button class="quiet" aria-disabled=${desk.stopping ? "true" : "false"} @click=${stop}>${t(desk.stopping ? "stopping" : "stop")}</button>`;
  return html`<span class="sure-stop" role="group" aria-label=${t("stopCosts")}><span>${t("stopCosts")}</span>
    <button class="quiet" @click=${() => sure(null)}>${t("readOn")}</button> <button class="quiet sure" @click=${really}>${t("stopSure")}</button></span>`;
}

function sure(line) {
  page.sure = line;
  changed();
  catchFocus(line ? ".sure-stop button" : ".status button");
}

function stop() {
  if (desk.stopping) return;
  const { items } = desk.thread;
  const asked = items.findLastIndex((item) => item.kind === "user");
  if (items.slice(asked + 1).some((item) => item.kind === "text" && item.text)) sure(desk.line);
  else cancel();
}

function really() {
  page.sure = null;
  cancel();
}

function toggle() {
  page.inspecting = !page.inspecting;
  changed();
}

function showQuestion() {
  const card = document.querySelector(".approval");
  card?.scrollIntoView({ behavior: motion(), block: "start" });
  card?.querySelector("input, select, textarea, button")?.focus({ preventScroll: true });
}

function standing() {
  const { line, thread } = desk;
  if (line?.state === "waiting") return waiting(line);
  if (line && !line.over) return [line.state, t(line.state)];
  if (thread.outcome === "interrupt") return ["asks", t("waitsForYou")];
  if (thread.outcome === "cancelled") return ["over", t("wasCancelled")];
  if (thread.outcome === "error") return ["wrong", t("brokeOff")];
  return ["over", t("ended")];
}

function waiting(line) {
  setTimeout(changed, 250);
  if (line.attempt.why === "pulled") return ["cut", t("pulledNow")];
  const left = Math.max(1, Math.ceil((line.resumesAt - Date.now()) / 1000));
  return ["cut", t("waiting", { n: left })];
}

// --- what was said -------------------------------------------------------------------------------

function drawn(item, place) {
  if (item.kind === "user") return html`${place === 0 ? nothing : html`<p class="said" tabindex="-1" data-asked=${item.id}><span class="heard">${t("you")}: </span>${item.text}</p>`}${sentFiles(item.files)}`;
  if (item.kind === "thought") return html`<details class="thought"><summary>${t("thinking")}</summary>${prose(item.text)}</details>`;
  if (item.kind === "call") return toolCall(item);
  return html`<div class="told" data-message=${item.id}>${prose(item.text, !item.done && underWay())}</div>`;
}

function toolCall(call) {
  const asks = desk.thread.interrupts.find((one) => one.toolCallId === call.id);
  if (asks) return approvalCard(asks);
  const name = hasWord(call.name) ? t(call.name) : call.name;
  return html`<p class="call ${call.state}" data-call=${call.id} tabindex="-1"><span>${name}</span> <small>${t(`tool_${call.state}`)}</small>${call.result && ["completed", "failed"].includes(call.state) ? html`<span class="result">${linked(short(call.result))}</span>` : nothing}</p>`;
}

function short(text) {
  return text.length > 240 ? `${text.slice(0, 240)}…` : text;
}

// A shared page can be opened right here.
function linked(text) {
  return text.split(/((?:https?:\/\/[\w.:-]+)?\/shared\/[\w-]+)/).map((part, place) =>
    place % 2 ? html`<a href=${part} target="_blank" rel="noopener">${part}</a>` : part,
  );
}

function ending() {
  const { outcome, error } = desk.thread;
  if (outcome === "cancelled") return calledOff();
  if (outcome !== "error" || !error) return nothing;
  return html`<div class="note wrong" role="alert" data-code=${error.code}><p>${sentence(error)}</p>${error.refunded ? html`<p>${t("pointsBack")}</p>` : nothing}</div>`;
}

function calledOff() {
  const run = desk.thread.runs.find(({ runId }) => runId === desk.thread.runId);
  if (run?.status !== "cancelled") return nothing; // not known yet
  return html`<p class="note" role="status">${t(run.refunded ? "calledOffFree" : "calledOffPaid")}</p>`;
}

// --- one thing more ------------------------------------------------------------------------------

function composer() {
  const { thread } = desk;
  if (underWay() || thread.interrupts.length || thread.limit === null) return nothing;
  const left = thread.limit - thread.used;
  const cannot = !thread.runs.some((run) => run.status === "succeeded");
  if (left <= 0 || cannot) return html`<p class="spent">${left <= 0 ? t("noneLeft") : nothing} <a class="button" href="#/cast">${t("newCast")}</a></p>`;
  const price = state.points?.prices.followUp ?? "";
  return html`<form class=${tray.over ? "composer over" : "composer"} @submit=${submit}
    @dragover=${taking.over} @dragleave=${taking.left} @drop=${taking.drop} @paste=${taking.paste}>
    ${offers(thread.suggestions)}
    <label for="follow-up">${t("followUp")}</label>
    <textarea id="follow-up" rows="2" maxlength=${MOST_LETTERS} required placeholder=${t("followUpHint")} .value=${live(page.draft)} @input=${(event) => write(event.target.value)}></textarea>
    ${counted(page.draft, MOST_LETTERS)}
    <div class="bring"><p class="row">${filesButton(tray)}${voiceButton(heard)}</p>${filesShown(tray)}${voiceNote()}</div>
    <p class="reader"><button class="main" ?disabled=${page.sending}>${t("send")}</button><span class="faint">${t("sendPrice", { n: price, left })}</span></p>
  </form>`;
}

function offers(questions) {
  if (!questions.length) return nothing;
  return html`<div class="offers" role="group" aria-labelledby="offered"><p id="offered" class="faint">${t("suggested")}</p>
    ${questions.map((text) => html`<button type="button" ?disabled=${page.sending} @click=${() => send(text)}>${text}</button>`)}</div>`;
}

function heard(text) {
  page.draft = spoken("follow-up", page.draft, text);
  changed();
}

function write(draft) {
  page.draft = draft;
  changed();
}

async function submit(event) {
  event.preventDefault();
  const text = page.draft.trim();
  if (text && (await send(text))) page.draft = "";
  changed();
}

async function send(text) {
  if (page.sending) return false; // a second click comes before the button is drawn as busy
  page.sending = true;
  desk.problem = null;
  changed();
  let isTaken = false;
  try {
    if (await tray.ready()) {
      await sent(followUp(text, tray.files));
      isTaken = true;
      tray.empty();
      catchFocus(`[data-asked="${desk.thread.items.findLast((item) => item.kind === "user").id}"]`);
    }
  } catch (problem) {
    desk.problem = problem;
  }
  page.sending = false;
  changed();
  return isTaken;
}
