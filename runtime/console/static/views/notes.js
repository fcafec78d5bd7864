// What went wrong, as people want it: a sentence, and what they can do.

import { account } from "../account.js";
import { fieldName, flaw, number, sentence, t } from "../i18n.js";
import { html, nothing } from "../lit.js";
import { changed, toast } from "../store.js";

// `again` is what a second try would be, where one makes sense.
export function problemNote(problem, again = null) {
  if (!problem) return nothing;
  return html`<div class="note wrong" data-code=${problem.code ?? "NETWORK"}>
    <div role="alert"><p>${problem.code ? sentence(problem) : t("unreachable")}</p>${fields(problem)}</div>
    ${remedy(problem)} ${again ? retry(problem, again) : nothing}
  </div>`;
}

function fields(problem) {
  if (!problem.errors?.length) return nothing;
  return html`<ul>${problem.errors.map((error) => html`<li>${fieldName(error.pointer) ?? html`<code>${error.pointer}</code>`}: ${flaw(error)}</li>`)}</ul>`;
}

function remedy(problem) {
  if (problem.code === "POINTS_INSUFFICIENT_BALANCE") return pointsRemedy(problem.price - problem.balance);
  if (problem.code === "AGENT_SESSION_RUN_LIMIT_EXCEEDED") return html`<p><a href="#/cast">${t("newCast")}</a></p>`;
  return nothing;
}

export function pointsRemedy(missing) {
  const amount = Math.max(100, Math.ceil(missing / 100) * 100);
  return html`<p>${t("getPoints")}</p>${command(`.venv/bin/eryao points grant --email ${account.email || "you@example.com"} --amount ${amount}`)}`;
}

// How much of a field is full, once that matters: what it does not hold is cut without a sound.
export function counted(text, most) {
  if (text.length < most * 0.8) return nothing;
  const isFull = text.length >= most;
  return html`<p class=${isFull ? "wrong-field counted" : "faint counted"} role="status">${t(isFull ? "countedFull" : "counted", { n: number(text.length), most: number(most) })}</p>`;
}

export function command(text) {
  const copy = async () => {
    await navigator.clipboard?.writeText(text);
    toast(t("copied"));
  };
  return html`<p class="command"><code tabindex="0">${text}</code><button class="quiet" @click=${copy}>${t("copy")}</button></p>`;
}

function retry(problem, again) {
  problem.seenAt ??= Date.now();
  const left = Math.ceil((problem.seenAt + (problem.retryAfter ?? 0) * 1000 - Date.now()) / 1000);
  if (left > 0) {
    setTimeout(changed, 500);
    return html`<p class="faint">${t("inSeconds", { n: left })}</p>`;
  }
  return html`<p><button @click=${again}>${t("again")}</button></p>`;
}
