// What was asked before: open it again, or forget it; and what was kept in the journal.

import { call } from "../api.js";
import { clear, desk } from "../desk.js";
import { date, t } from "../i18n.js";
import { html, nothing, repeat } from "../lit.js";
import { onLeave } from "../router.js";
import { changed, toast } from "../store.js";
import { Pages } from "./pages.js";
import { problemNote } from "./notes.js";

const sessions = new Pages("/agent/sessions");
const saved = new Pages("/readings");
let sure = null; // the session that is about to be forgotten
let problem = null;

onLeave(({ name, id }) => {
  if (name === "readings" && !id) [sessions, saved].forEach((pages) => pages.start());
});

export function historyView() {
  return html`<section class="list">
    <h1 tabindex="-1">${t("readings")}</h1>
    ${problemNote(problem)} ${problemNote(sessions.problem, () => sessions.start())}
    ${sessions.isEmpty ? html`<p>${t("noReadings")}</p><p><a class="button" href="#/cast">${t("newReading")}</a></p>` : nothing}
    <ul class="rows">${repeat(sessions.items, (item) => item.threadId, session)}</ul>
    ${sessions.more()}
    ${saved.items.length ? html`<h2>${t("saved")}</h2><ul class="rows">${repeat(saved.items, (item) => item.id, entry)}</ul>${saved.more()}` : nothing}
  </section>`;
}

function session({ threadId, title, createdAt }) {
  return html`<li>
    <span><a href="#/readings/${threadId}">${title}</a></span>
    ${sure === threadId
      ? html`<span><button class="quiet" @click=${() => ask(null)}>${t("keep")}</button> <button class="quiet sure" @click=${() => forget(threadId)}>${t("forgetSure")}</button></span>`
      : html`<button class="quiet" aria-label="${t("forget")}: ${title}" @click=${() => ask(threadId)}>${t("forget")}</button>`}
    <span class="faint">${date(createdAt)}</span>
  </li>`;
}

function entry({ threadId, title, note, createdAt }) {
  return html`<li><span><a href="#/readings/${threadId}">${title}</a></span><span class="faint">${date(createdAt)}</span>${note ? html`<span>${note}</span>` : nothing}</li>`;
}

function ask(threadId) {
  sure = threadId;
  problem = null;
  changed();
}

async function forget(threadId) {
  try {
    await call("DELETE", `/agent/sessions/${threadId}`);
    if (desk.thread?.id === threadId) clear();
    toast(t("forgotten"));
    await Promise.all([sessions.start(), saved.start()]);
  } catch (refused) {
    problem = refused;
  }
  sure = null;
  changed();
}
