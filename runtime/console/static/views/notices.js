// Notifications: what happened between two visits.

import { call, refreshUnread } from "../api.js";
import { date, t } from "../i18n.js";
import { html, nothing, ref, repeat } from "../lit.js";
import { watching } from "../looking.js";
import { go, onLeave } from "../router.js";
import { changed, set, state } from "../store.js";
import { problemNote } from "./notes.js";
import { Pages } from "./pages.js";

const notices = new Pages("/notifications");
const reminders = new Pages("/reminders");
const watched = watching(looked);
const unmarked = []; // looked at, and not told to the server so far

onLeave(({ name }) => {
  if (name !== "notices") return;
  [notices, reminders].forEach((pages) => pages.start());
  refreshUnread().catch(() => {});
});

export function noticesView() {
  return html`<section class="list">
    <div class="heading"><h1 tabindex="-1">${t("notices")}</h1>
      ${state.unread ? html`<button class="quiet" @click=${readAll}>${t("allRead")}</button>` : nothing}</div>
    ${problemNote(notices.problem, () => notices.start())}
    ${notices.isEmpty ? html`<p>${t("noNotices")}</p>` : nothing}
    <ul class="rows">${repeat(notices.items, (item) => item.id, notice)}</ul>
    ${notices.more()}
    ${reminders.items.length ? html`<h2>${t("reminders")}</h2><ul class="rows">${repeat(reminders.items, (item) => item.id, reminder)}</ul>${reminders.more()}` : nothing}
  </section>`;
}

function notice(item) {
  return html`<li class=${item.read ? "" : "unread"}>
    <span>${item.title}</span> ${opener(item)}
    <span class="body">${item.body}</span>
    <span class="faint" .item=${item} ${item.read ? nothing : ref(watched)}>${date(item.createdAt)}</span>
  </li>`;
}

function reminder({ id, text, dueAt }) {
  return html`<li><span>${text}</span><button class="quiet" aria-label="${t("dropReminder")}: ${text}" @click=${() => drop(id)}>${t("dropReminder")}</button><span class="faint">${date(dueAt)}</span></li>`;
}

async function drop(id) {
  await call("DELETE", `/reminders/${id}`).catch((problem) => (reminders.problem = problem));
  await reminders.start();
}

function opener(item) {
  const { payload } = item;
  if (payload.type === "open_url") {
    return html`<a class="button" href=${safe(payload.url)} target="_blank" rel="noopener" @click=${() => read(item)}>${t("open")}</a>`;
  }
  const open = async () => {
    await read(item);
    const id = /^\/sessions\/([0-9a-f-]{36})$/.exec(payload.route ?? "")?.[1];
    if (id) go(`readings/${id}`);
  };
  return payload.type === "open_route" ? html`<button class="quiet" @click=${open}>${t("open")}</button>` : nothing;
}

// An address from outside may not be a script.
function safe(url) {
  return /^https?:\/\//.test(url) ? url : "#/notices";
}

async function read(item) {
  if (item.read) return;
  const { read, readAt } = await call("PATCH", `/notifications/${item.id}/read`);
  Object.assign(item, { read, readAt });
  await refreshUnread();
}

// It counts as read from now on; here it stands as new until the list is come to again.
async function looked(item) {
  unmarked.push(item.id);
  if (unmarked.length > 1) return; // whoever came first goes on until none is left
  while (unmarked.length) {
    await call("PATCH", `/notifications/${unmarked[0]}/read`).catch(() => {}); // the next visit tries again
    unmarked.shift();
  }
  await refreshUnread().catch(() => {});
}

async function readAll() {
  await call("PATCH", "/notifications/mark-all-read");
  for (const item of notices.items) item.read = true;
  set({ unread: 0 });
  changed();
}
