// A link to a reading for others: what they will see is chosen before it is made.

import { call } from "../api.js";
import { date, t } from "../i18n.js";
import { html, live, nothing } from "../lit.js";
import { onLeave } from "../router.js";
import { changed } from "../store.js";
import { command, problemNote } from "./notes.js";

const fresh = () => ({ includeQuestion: false, link: null, problem: null, busy: false, asked: null });
const page = fresh();

onLeave(() => Object.assign(page, fresh()));

export function sharing(threadId) {
  const choose = (event) => {
    Object.assign(page, { includeQuestion: event.target.checked, link: null, busy: false, asked: null });
    changed();
  };
  return html`<details class="sharing"><summary>${t("share")}</summary><div class="stack">
    <p class="faint">${t("shareWhat")}</p>
    <label class="row"><input type="checkbox" .checked=${live(page.includeQuestion)} @change=${choose} />${t("arg_includeQuestion")}</label>
    ${page.link ? made(page.link) : html`<button type="button" ?disabled=${page.busy} @click=${() => share(threadId)}>${t("makeLink")}</button>`}
    ${problemNote(page.problem)}
  </div></details>`;
}

function made({ url, expiresAt }) {
  const whole = new URL(url, location.href).href;
  return html`${command(whole)}<p class="faint"><a href=${whole} target="_blank" rel="noopener">${t("open")}</a> · ${t("openUntil", { t: date(expiresAt) })} · <a href="#/you">${t("sharedLinks")}</a></p>`;
}

async function share(threadId) {
  if (page.busy) return;
  const asked = { threadId, includeQuestion: page.includeQuestion };
  Object.assign(page, { busy: true, problem: null, asked });
  changed();
  const told = await call("POST", "/shares", asked).then((link) => ({ link }), (problem) => ({ problem }));
  if (page.asked !== asked) return; // another reading, or another choice, is on the page by now
  Object.assign(page, told, { busy: false });
  changed();
}
