// A word to whoever runs the server: praise, a mistake, a wish.

import { call } from "../api.js";
import { flaw, t } from "../i18n.js";
import { html, live, nothing } from "../lit.js";
import { changed, toast } from "../store.js";
import { uuid } from "../uuid.js";
import { counted, problemNote } from "./notes.js";

const KINDS = ["suggestion", "bug", "praise", "content", "account", "other"];
const MOST_LETTERS = 500;
const fresh = () => ({ text: "", kind: "suggestion", key: uuid(), missing: false, problem: null, busy: false });
const form = fresh();

export function feedbackView() {
  const write = (members) => {
    Object.assign(form, { missing: false, key: uuid() }, members);
    changed();
  };
  return html`<form class="stack feedback" novalidate @submit=${send}>
    <h2>${t("feedback")}</h2>
    <label for="feedback-kind">${t("feedbackKind")}</label>
    <select id="feedback-kind" .value=${live(form.kind)} @change=${(event) => write({ kind: event.target.value })}>
      ${KINDS.map((kind) => html`<option value=${kind} ?selected=${kind === form.kind}>${t(`feedback_${kind}`)}</option>`)}</select>
    <label for="feedback-text">${t("feedbackText")}</label>
    <textarea id="feedback-text" rows="3" maxlength=${MOST_LETTERS} aria-invalid=${form.missing ? "true" : "false"} aria-describedby="feedback-why"
      .value=${live(form.text)} @input=${(event) => write({ text: event.target.value })}></textarea>
    <p id="feedback-why" class="wrong-field" role="alert">${form.missing ? flaw({ pointer: "", type: "missing" }) : nothing}</p>
    ${counted(form.text, MOST_LETTERS)} ${problemNote(form.problem)}
    <button ?disabled=${form.busy}>${t("feedbackSend")}</button>
  </form>`;
}

async function send(event) {
  event.preventDefault();
  if (form.busy) return;
  if (!form.text.trim()) {
    form.missing = true;
    document.getElementById("feedback-text").focus();
    return changed();
  }
  Object.assign(form, { busy: true, problem: null });
  changed();
  const said = new FormData();
  said.append("type", form.kind);
  said.append("content", form.text);
  try {
    // The same key until something is changed: sent twice, it is kept once.
    await call("POST", "/feedback", said, { headers: { "Idempotency-Key": form.key } });
    Object.assign(form, fresh());
    toast(t("feedbackThanks"));
  } catch (problem) {
    Object.assign(form, { problem, busy: false });
  }
  changed();
}
