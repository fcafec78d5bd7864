// A tool that asks first: what it would do, with arguments that can be changed, and until when.

import { decide, desk } from "../desk.js";
import { duration, flaw, hasWord, t } from "../i18n.js";
import { html, live, nothing } from "../lit.js";
import { changed } from "../store.js";

const LONG = 120;
const drafts = new Map(); // by interrupt: {args, reason}

export function approvalCard(interrupt) {
  const name = interrupt.metadata?.eryao?.toolName ?? "";
  const draft = draftOf(interrupt);
  const fields = Object.entries(schemaOf(interrupt).properties ?? {});
  const left = (Date.parse(interrupt.expiresAt) - Date.now()) / 1000;
  const edited = changedArgs(interrupt) !== null;
  const busy = desk.deciding === interrupt.id;
  if (left > 0) setTimeout(changed, 1000);
  return html`<form class="approval" data-tool=${name} novalidate @submit=${(event) => approve(event, interrupt)}>
    <h2><small>${t("asks")}</small> ${interrupt.message || (hasWord(name) ? t(name) : name)}</h2>
    ${fields.map(([name, field]) => row(interrupt, draft, name, field))}
    <p class="decide">
      <button class="main" aria-busy=${busy ? "true" : "false"} ?disabled=${left <= 0}>${t(edited ? "approveEdited" : "approve")}</button>
      <button type="button" ?disabled=${left <= 0} @click=${() => answer(interrupt, { decision: "reject", reason: draft.reason.trim() })}>${t("reject")}</button>
      <span class="faint" role="timer">${left > 0 ? t("expires", { t: duration(left) }) : t("expired")}</span>
    </p>
    <p class="field reason"><label for="reason-${interrupt.id}">${t("reason")}</label>
      <input id="reason-${interrupt.id}" maxlength="500" .value=${live(draft.reason)} @input=${(event) => (draft.reason = event.target.value)} /></p>
  </form>`;
}

function schemaOf(interrupt) {
  return interrupt.responseSchema?.properties?.editedArgs ?? {};
}

// What a yes would carry out, defaults and all, as the server itself tells it.
function proposed(interrupt) {
  return interrupt.metadata?.eryao?.arguments ?? {};
}

function draftOf(interrupt) {
  if (!drafts.has(interrupt.id)) drafts.set(interrupt.id, { args: { ...proposed(interrupt) }, reason: "" });
  return drafts.get(interrupt.id);
}

// --- one argument --------------------------------------------------------------------------------

function row(interrupt, draft, name, field) {
  const id = `${interrupt.id}-${name}`;
  const needed = schemaOf(interrupt).required?.includes(name) ?? false;
  const kind = kindOf(interrupt, field);
  const value = draft.args[name] ?? kind.default ?? "";
  const put = (next) => {
    if (next === undefined || (next === "" && !needed && !(name in proposed(interrupt)))) delete draft.args[name];
    else draft.args[name] = next;
    changed();
  };
  const wrong = desk.problem?.errors?.find(({ pointer }) => pointer.split("/").at(-1) === name);
  const label = hasWord(`arg_${name}`) ? t(`arg_${name}`) : (field.title ?? name);
  return html`<p class="field"><label for=${id}>${label}${needed ? html`<span class="heard"> (${t("required")})</span>` : nothing}</label>${control({ id, name, needed, wrong: wrong !== undefined }, kind, value, put)}
    <span id="${id}-why" class="wrong-field" role="alert">${wrong ? flaw(wrong) : nothing}</span></p>`;
}

// An optional argument may also be null; a named choice stands beside the others.
function kindOf(interrupt, field) {
  const own = field.anyOf?.find((one) => one.type !== "null") ?? field;
  const named = own.$ref ? schemaOf(interrupt).$defs?.[own.$ref.split("/").at(-1)] : null;
  return { default: field.default, ...own, ...named };
}

// What the server says of an argument stands at its field, in the language of the page.
function control({ id, name, needed, wrong }, kind, value, put) {
  const invalid = wrong ? "true" : "false";
  const why = `${id}-why`;
  const choices = kind.enum ?? (kind.const === undefined ? null : [kind.const]);
  if (choices) {
    return html`<select id=${id} aria-invalid=${invalid} aria-describedby=${why} .value=${live(String(value))} @change=${(event) => put(event.target.value || undefined)}>
      ${needed ? nothing : html`<option value=""></option>`}
      ${choices.map((code) => html`<option value=${code} ?selected=${code === value}>${hasWord(`choice_${code}`) ? t(`choice_${code}`) : code}</option>`)}
    </select>`;
  }
  if (kind.type === "boolean") {
    return html`<input id=${id} type="checkbox" aria-invalid=${invalid} aria-describedby=${why} .checked=${live(value === true)} @change=${(event) => put(event.target.checked)} />`;
  }
  if (kind.type === "integer" || kind.type === "number") {
    return html`<input id=${id} type="number" min=${kind.minimum ?? nothing} max=${kind.maximum ?? nothing} aria-required=${needed ? "true" : "false"} aria-invalid=${invalid} aria-describedby=${why}
      .value=${live(String(value))} @input=${(event) => put(event.target.value === "" ? undefined : Number(event.target.value))} />`;
  }
  if (name === "at") return momentInput(id, value, put, invalid);
  const text = (event) => put(event.target.value);
  if ((kind.maxLength ?? 0) > LONG) {
    return html`<textarea id=${id} rows="2" maxlength=${kind.maxLength} aria-required=${needed ? "true" : "false"} aria-invalid=${invalid} aria-describedby=${why} .value=${live(String(value))} @input=${text}></textarea>`;
  }
  return html`<input id=${id} maxlength=${kind.maxLength ?? nothing} aria-required=${needed ? "true" : "false"} aria-invalid=${invalid} aria-describedby=${why} .value=${live(String(value))} @input=${text} />`;
}

// Shown on the clock of this device; sent as the instant that it is.
function momentInput(id, value, put, invalid) {
  const at = new Date(value);
  const local = Number.isNaN(at.valueOf()) ? "" : new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  return html`<input id=${id} type="datetime-local" aria-required="true" aria-invalid=${invalid} aria-describedby="${id}-why" .value=${live(local)}
    @change=${(event) => event.target.value && put(new Date(event.target.value).toISOString())} />`;
}

// --- the answer ----------------------------------------------------------------------------------

function changedArgs(interrupt) {
  const { args } = draftOf(interrupt);
  const before = proposed(interrupt);
  const names = new Set([...Object.keys(args), ...Object.keys(before)]);
  return [...names].some((name) => JSON.stringify(args[name]) !== JSON.stringify(before[name])) ? args : null;
}

function approve(event, interrupt) {
  event.preventDefault();
  const editedArgs = changedArgs(interrupt);
  answer(interrupt, { decision: "approve", ...(editedArgs ? { editedArgs } : {}) });
}

function answer(interrupt, told) {
  if (desk.deciding === interrupt.id) return;
  if (!told.reason) delete told.reason;
  decide(interrupt, told);
}
