// Casting: the question, what it is about, and six lines by coins or by hand.

import * as art from "../art.js";
import { desk, divination, send } from "../desk.js";
import { catchFocus } from "../focus.js";
import { lang, t, term } from "../i18n.js";
import { html, live, nothing } from "../lit.js";
import { go } from "../router.js";
import { changed, say, state } from "../store.js";
import { Tray } from "../tray.js";
import { filesButton, filesShown, takingFiles } from "./files.js";
import { coin, growing, tappable } from "./lines.js";
import { counted, problemNote } from "./notes.js";
import { spoken, voiceButton, voiceNote } from "./voice.js";

const SPIN_MS = 900;
const MOST_LETTERS = 500;
const CYCLE = { null: 7, 7: 8, 8: 9, 9: 6, 6: 7 };
const ASKED_FOR_GENDER = new Set(["love", "health"]);

const form = fresh();
const tray = new Tray();
const taking = takingFiles(tray);

function fresh() {
  return {
    question: "",
    category: "general",
    method: "coins",
    rows: [], // of coins, the lowest line first
    spinning: null,
    byHand: [null, null, null, null, null, null], // the lowest line first
    digits: "",
    gender: "",
    problem: null,
    missing: false,
    busy: false,
    composed: null, // as it was sent, until it is taken or changed: sent again, it is the same run
  };
}

export function castView() {
  return html`<form class=${tray.over ? "cast over" : "cast"} @submit=${submit} novalidate
    @dragover=${taking.over} @dragleave=${taking.left} @drop=${taking.drop} @paste=${taking.paste}>
    <section class="asking">
      <h1 tabindex="-1"><label for="question">${t("castTitle")}</label></h1>
      <textarea id="question" rows="2" maxlength=${MOST_LETTERS} placeholder=${t("questionHint")}
        aria-invalid=${form.missing ? "true" : "false"} aria-describedby="missing"
        .value=${live(form.question)} @input=${(event) => edit({ question: event.target.value, missing: false })}></textarea>
      ${counted(form.question, MOST_LETTERS)}
      <p id="missing" class="wrong-field" role="alert">${form.missing ? t("questionNeeded") : nothing}</p>
      <div class="bring"><p class="row">${filesButton(tray)}${voiceButton(heard)}</p>${filesShown(tray)}${voiceNote()}</div>
      ${choice("category", t("category"), Object.keys(art.CATEGORIES), (code) => term("CATEGORIES", code), "chips")}
      ${ASKED_FOR_GENDER.has(form.category) ? gender() : nothing}
    </section>
    <section class="casting">
      ${choice("method", t("method"), ["coins", "manual"], (code) => t(code === "coins" ? "byCoins" : "byHand"), "switch")}
      ${form.method === "coins" ? coins() : byHand()}
      ${problemNote(form.problem, submit)}
      ${reader()}
    </section>
  </form>`;
}

function edit(members) {
  tell({ composed: null, ...members });
}

// How it goes with what was sent: the question is still the same.
function tell(members) {
  Object.assign(form, members);
  changed();
}

function heard(text) {
  edit({ question: spoken("question", form.question, text), missing: false });
}

function choice(name, legend, codes, word, look) {
  return html`<fieldset class=${look}>
    <legend>${legend}</legend>
    ${codes.map(
      (code) => html`<label><input type="radio" name=${name} value=${code} .checked=${live(form[name] === code)}
        @change=${() => edit({ [name]: code, problem: null })} /><span>${word(code)}</span></label>`,
    )}
  </fieldset>`;
}

function gender() {
  return html`<p class="row">
    <label for="gender">${t("querent")}</label>
    <select id="gender" aria-describedby="why-gender" .value=${live(form.gender)} @change=${(event) => edit({ gender: event.target.value })}>
      <option value="">${t("unsaid")}</option><option value="female">${t("female")}</option><option value="male">${t("male")}</option>
    </select>
    <span id="why-gender" class="faint">${t("querentWhy")}</span>
  </p>`;
}

// --- coins ---------------------------------------------------------------------------------------

function lines() {
  return form.method === "coins" ? form.rows.map((row) => row[0] + row[1] + row[2]) : form.byHand;
}

function coins() {
  const shown = form.spinning ?? form.rows.at(-1) ?? [2, 2, 3];
  const done = form.rows.length === 6;
  return html`<div class="tray">
    ${growing(lines())}
    <div class="throws">
      <div class="coins" aria-hidden="true">${shown.map((face, place) => coin(face, place, form.spinning !== null, form.rows.length))}</div>
      ${done
        ? html`<p>${t("sixDone")}</p>`
        : html`<button type="button" class=${form.rows.length ? "throw" : "throw main"} aria-disabled=${form.spinning !== null ? "true" : "false"} @click=${throwByHand}>
              ${t("throwCoins", { n: form.rows.length + 1 })}</button>`}
      ${form.rows.length > 0 && !done ? html`<button type="button" class="link" aria-disabled=${form.spinning !== null ? "true" : "false"} @click=${throwRest}>${t("throwRest")}</button>` : nothing}
      ${done ? html`<button type="button" class="link" @click=${() => edit({ rows: [], problem: null })}>${t("startOver")}</button>` : nothing}
    </div>
  </div>`;
}

// 2 shows the characters, 3 the back: the system's own randomness, one bit for each coin.
function toss() {
  return [...crypto.getRandomValues(new Uint8Array(3))].map((byte) => 2 + (byte & 1));
}

function still() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

async function throwOnce() {
  edit({ spinning: toss(), problem: null });
  if (!still()) await new Promise((done) => setTimeout(done, SPIN_MS));
  const row = form.spinning;
  edit({ rows: [...form.rows, row], spinning: null });
  say(t("thrown", { n: form.rows.length, line: t(`lineOf${row[0] + row[1] + row[2]}`) }));
}

async function throwByHand() {
  if (form.spinning) return;
  await throwOnce();
  if (form.rows.length === 6) catchFocus(".reader button");
}

async function throwRest() {
  if (form.spinning) return;
  while (form.rows.length < 6) await throwOnce();
  catchFocus(".reader button");
}

// --- by hand -------------------------------------------------------------------------------------

function byHand() {
  const wrong = !/^[6-9]{0,6}$/.test(form.digits);
  return html`<div class="tray">
    ${tappable(form.byHand, (place) => setLines(form.byHand.map((value, at) => (at === place ? CYCLE[value] : value))))}
    <p class="stack">
      <label for="digits">${t("digits")}</label>
      <input id="digits" class="digits" inputmode="numeric" maxlength="6" autocomplete="off" aria-invalid=${wrong ? "true" : "false"}
        aria-describedby="digits-hint" .value=${live(form.digits)} @input=${(event) => typed(event.target.value)} />
      <span id="digits-hint" class="faint">${wrong ? t("digitsWrong") : t("digitsHint")}</span>
    </p>
  </div>`;
}

// The digits are those of the lines that are there, as far as they go without a gap.
function setLines(byHand) {
  const gap = byHand.indexOf(null);
  edit({ byHand, digits: (gap < 0 ? byHand : byHand.slice(0, gap)).join("") });
}

function typed(digits) {
  const byHand = form.byHand.map((_, at) => (/[6-9]/.test(digits[at] ?? "") ? Number(digits[at]) : null));
  if (/^[6-9]{0,6}$/.test(digits)) edit({ byHand, digits });
  else edit({ digits });
}

// --- the reading ---------------------------------------------------------------------------------

function reader() {
  const ready = form.method === "coins" ? form.rows.length === 6 : isByHandDone();
  const { points } = state;
  const price = points?.prices.divination;
  return html`<div class="reader">
    <button class=${ready ? "main" : ""} ?disabled=${!ready || form.busy} aria-busy=${form.busy ? "true" : "false"}>${t("read")}</button>
    ${points ? html`<span class="faint">${t("costs", { n: price, left: points.balance })}</span>` : nothing}
  </div>`;
}

function isByHandDone() {
  return !form.byHand.includes(null) && /^[6-9]{6}$/.test(form.digits);
}

async function submit(event) {
  event?.preventDefault();
  if (form.busy) return; // one click, one charge: the button is drawn as busy only a frame later
  if (!form.question.trim()) {
    edit({ missing: true });
    document.getElementById("question").focus();
    return;
  }
  tell({ busy: true, problem: null });
  try {
    if (!(await tray.ready())) return tell({ busy: false });
    if (!isComposedOf(tray.files)) form.composed = divination(castPayload(), tray.files);
    await send(form.composed);
    Object.assign(form, fresh());
    tray.empty();
    go(`readings/${desk.thread.id}`);
  } catch (problem) {
    tell({ problem, busy: false });
  }
}

function isComposedOf(files) {
  const known = form.composed?.files;
  return known?.length === files.length && known.every((file, place) => file === files[place]);
}

function castPayload() {
  const payload = {
    version: 1,
    question: form.question.trim(),
    category: form.category,
    method: form.method,
    lines: lines(),
    castAt: new Date().toISOString(),
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    locale: lang(),
  };
  if (form.method === "coins") payload.coins = form.rows;
  if (form.gender && ASKED_FOR_GENDER.has(form.category)) payload.querent = { gender: form.gender };
  return payload;
}
