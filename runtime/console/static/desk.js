// The reading on the desk: one session, the line to its run, and what its user does about it.

import { call, Problem, refreshPoints, refreshUnread } from "./api.js";
import { catchFocus, focusWrong } from "./focus.js";
import { t } from "./i18n.js";
import { Line } from "./line.js";
import { changed, say } from "./store.js";
import { Thread } from "./thread.js";
import { uuid } from "./uuid.js";

const EXPIRY_LOOK_MS = 1500;
const AT_ONCE_MS = 250;
const UNREADABLE = new Set(["AGENT_INVALID_LAST_EVENT_ID", "AGENT_LOG_GONE"]);

export const desk = {
  thread: null,
  line: null,
  problem: null, // of the last thing that was tried here
  stopping: false,
  deciding: null, // the interrupt that is being answered
  caught: null, // what the last resume brought: {after, count}
};

export function clear() {
  desk.line?.leave();
  Object.assign(desk, { thread: null, line: null, problem: null, stopping: false, deciding: null, caught: null });
}

// A question as it will be sent, its ids made once: however often it is sent, it is one run.
// `files` as the server answered when it took them.
export function divination(payload, files) {
  return composed(uuid(), payload.question, files, { runtime_mode: "divination", divinationPayload: payload });
}

export function followUp(text, files) {
  return composed(desk.thread.id, text, files, { runtime_mode: "follow_up" });
}

function composed(threadId, text, files, forwardedProps) {
  const content = files.length ? [{ type: "text", text }, ...files.map(part)] : text;
  const message = { id: uuid(), role: "user", content };
  return { text, files, body: { threadId, runId: uuid(), messages: [message], forwardedProps } };
}

// Resolves once the server took it, and rejects with the Problem where it did not.
export async function send({ text, files, body }) {
  const { threadId, runId, messages } = body;
  const thread = desk.thread?.id === threadId ? desk.thread : new Thread(threadId);
  thread.title ||= text;
  const line = await taken(thread, { body, runId }, () => thread.user(messages[0].id, text, files));
  if (line.problem) throw line.problem;
}

const KINDS = new Set(["image", "audio"]);

function part({ id, mimeType }) {
  const [family] = mimeType.split("/");
  return { type: KINDS.has(family) ? family : "document", source: { type: "file", value: id, mimeType } };
}

// Follows a run that exists.
function follow(thread, runId) {
  return taken(thread, { runId, compact: true });
}

// Resolves with the line as soon as it is clear whether the server has it.
function taken(thread, options, onTaken = () => {}) {
  return new Promise((resolve) => {
    let settled = false;
    const settle = (line) => {
      if (settled || !(line.state === "live" || line.over)) return;
      settled = true;
      if (line.state !== "refused") {
        onTaken();
        refreshPoints().catch(() => {});
        if (desk.thread !== thread) clear();
        Object.assign(desk, { thread, line, problem: null, stopping: false, caught: null });
      }
      resolve(line);
    };
    const line = new Line({
      threadId: thread.id,
      ...options,
      onEvent: (event) => take(thread, line, event),
      onChange: () => {
        settle(line);
        told(thread, line);
        changed();
      },
    });
    line.run().then(() => after(thread, line));
  });
}

// What a new connection brings at once is what was missed; what comes later is live.
function take(thread, line, event) {
  thread.apply(event);
  const { attempt } = line;
  if (attempt.number > 1 && attempt.cursor && performance.now() - attempt.firstAt < AT_ONCE_MS) {
    desk.caught = { after: Number(attempt.cursor.split("-")[1]), count: attempt.events };
  }
}

const ENDINGS = { success: "ended", interrupt: "waitsForYou", cancelled: "wasCancelled", error: "brokeOff" };

// Of a reading's progress people hear the turns, each once, and none of the words between.
function told(thread, line) {
  const word = { live: "live", waiting: "pulledNow", ended: ENDINGS[thread.outcome] ?? "ended" }[line.state];
  if (!word || word === line.told) return;
  line.told = word;
  say(t(word));
}

async function after(thread, line) {
  desk.stopping = false;
  if (line.state === "refused" && desk.thread === thread) {
    // Another log than the one that was read, or none any more: what is kept stands in the session.
    if (UNREADABLE.has(line.problem.code)) return afresh(thread.id);
    desk.problem = line.problem;
  }
  if (line.state === "ended") catchFocus("article");
  if (line.state !== "left") await Promise.allSettled([recount(thread), refreshPoints(), refreshUnread()]);
  watchExpiry(thread);
  changed();
}

function afresh(id) {
  clear();
  return open(id);
}

async function recount(thread) {
  const detail = await call("GET", `/agent/sessions/${thread.id}`);
  Object.assign(thread, { limit: detail.limit, used: detail.used, runs: detail.runs, title: detail.title });
}

export async function open(id) {
  if (desk.thread?.id === id) return;
  clear();
  try {
    const detail = await call("GET", `/agent/sessions/${id}`);
    const thread = new Thread(id);
    thread.restore(detail);
    desk.thread = thread;
    const last = detail.runs.at(-1);
    if (last && ["queued", "running"].includes(last.status)) await follow(thread, last.runId);
    watchExpiry(thread);
  } catch (error) {
    desk.problem = error;
  }
  changed();
}

export async function decide(interrupt, answer) {
  const { thread } = desk;
  desk.deciding = interrupt.id;
  desk.problem = null;
  changed();
  try {
    const path = `/agent/runs/${thread.runId}/tool-calls/${interrupt.toolCallId}/decision`;
    const decided = await call("POST", path, answer);
    const item = thread.item("call", interrupt.toolCallId);
    if (item) item.state = decided.state;
    catchFocus(`[data-call="${interrupt.toolCallId}"]`);
    thread.interrupts = decided.interrupts;
    if (decided.runId) await follow(thread, decided.runId);
  } catch (error) {
    desk.problem = error;
    focusWrong(".approval");
    // Decided elsewhere, or too late: the server knows what became of it.
    if (error instanceof Problem && error.status === 409) await lookAgain(thread);
  }
  desk.deciding = null;
  changed();
}

export async function cancel() {
  desk.stopping = true;
  changed();
  try {
    await call("POST", `/agent/runs/${desk.line.runId}/cancel`);
  } catch (error) {
    Object.assign(desk, { problem: error, stopping: false });
  }
  changed();
}

// Once an approval has expired, the server goes on by itself in a run that we have to look for.
function watchExpiry(thread) {
  const [first] = thread.interrupts.map((open) => Date.parse(open.expiresAt)).sort((a, b) => a - b);
  if (!first) return;
  setTimeout(() => lookAgain(thread), Math.min(Math.max(first - Date.now(), 0) + EXPIRY_LOOK_MS, 2 ** 31 - 1));
}

async function lookAgain(thread) {
  if (desk.thread !== thread || (desk.line && !desk.line.over)) return;
  const known = thread.runId;
  const detail = await call("GET", `/agent/sessions/${thread.id}`).catch(() => null);
  if (!detail || desk.thread !== thread) return;
  const last = detail.runs.at(-1);
  if (last.runId !== known) await follow(thread, last.runId);
  else watchExpiry(thread);
}
