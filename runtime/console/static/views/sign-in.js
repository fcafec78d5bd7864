// Signing in: a one-time code by mail, or a token from the command line.

import { enter, lastEmail } from "../account.js";
import { call } from "../api.js";
import { catchFocus, focusOn } from "../focus.js";
import { date, t } from "../i18n.js";
import { html, nothing, svg } from "../lit.js";
import { changed } from "../store.js";
import { command, problemNote } from "./notes.js";

const form = { email: lastEmail(), challenge: null, problem: null, tokenProblem: null, busy: false, mails: null, noCodes: false };

export function signInView(arrived) {
  return html`<section class="door">${picture()}<div class="way">
    <h1 tabindex="-1">${t("welcome")}</h1>
    <p class="lead">${t("welcomeText")}</p>
    ${form.challenge ? codeForm(arrived) : emailForm()}
    <details class="ways" ?open=${form.noCodes}>
      <summary>${t("otherWays")}</summary>
      ${tokenForm(arrived)}
    </details>
  </div></section>`;
}

// 革, the hexagram of renewal, with a moving line: a first sight of what will be drawn here.
function picture() {
  return html`<svg class="picture" viewBox="0 0 220 230" aria-hidden="true">
    ${[1, 0, 1, 1, 1, 0].map((yang, at) => svg`<g class="rises-${at + 1} ${at === 2 ? "moving" : ""}" transform="translate(10 ${205 - at * 38})">
      ${yang ? svg`<rect width="168" height="13" />` : svg`<rect width="71" height="13" /><rect x="97" width="71" height="13" />`}
      ${at === 2 ? svg`<circle cx="196" cy="6.500" r="7.500" />` : nothing}
    </g>`)}
  </svg>`;
}

function emailForm() {
  return html`<form class="stack" novalidate @submit=${trying(askForCode)}>
    <label for="email">${t("email")}</label>
    <input id="email" name="email" type="email" autocomplete="email" required .value=${form.email} />
    ${problemNote(form.problem)}
    <button class="main" aria-busy=${form.busy ? "true" : "false"}>${t("sendCode")}</button>
  </form>`;
}

function codeForm(arrived) {
  return html`<form class="stack" novalidate @submit=${trying((data) => tryCode(data, arrived))}>
      <p>${t("codeSent", { email: form.email })}</p>
      <label for="code">${t("code")}</label>
      <input id="code" name="code" class="digits" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]+" required aria-invalid=${form.problem ? "true" : "false"} aria-describedby="code-why" />
      <div id="code-why">${problemNote(form.problem)}</div>
      <label for="invite">${t("invite")}</label>
      <input id="invite" name="inviteCode" autocomplete="off" />
      <button class="main" aria-busy=${form.busy ? "true" : "false"}>${t("enter")}</button>
      <p><button type="button" class="link" @click=${anotherAddress}>${t("otherEmail")}</button></p>
    </form>
    ${mailbox()}`;
}

// A server for development prints its mails; it shows them here too, on its own machine alone.
function mailbox() {
  if (!form.mails) return nothing;
  const mail = form.mails.find((item) => item.to === form.email.toLowerCase()) ?? form.mails[0];
  return html`<details class="mail" open><summary @click=${lookForMails}>${t("lastMail")}</summary>
    ${mail ? html`<p class="faint">${mail.subject} · ${date(mail.createdAt)}</p><pre>${mail.text}</pre>` : html`<p>${t("noMail")}</p>`}
  </details>`;
}

function tokenForm(arrived) {
  const email = form.email || "you@example.com";
  return html`<form class="stack" novalidate @submit=${trying((data) => tryToken(data, arrived), "tokenProblem")}>
    ${form.noCodes ? html`<p>${t("noCodes")}</p>` : nothing}
    <p>${t("tokenHelp")}</p>
    ${command(`eryao token --email ${email}`)}
    <label for="token">${t("pasteToken")}</label>
    <input id="token" name="token" autocomplete="off" spellcheck="false" required />
    ${problemNote(form.tokenProblem)}
    <button aria-busy=${form.busy ? "true" : "false"}>${t("enter")}</button>
  </form>`;
}

// `place` is where a refusal is told: at the form that was sent.
function trying(work, place = "problem") {
  return async (event) => {
    event.preventDefault();
    if (form.busy) return;
    Object.assign(form, { busy: true, problem: null, tokenProblem: null });
    changed();
    try {
      await work(Object.fromEntries(new FormData(event.target)));
    } catch (error) {
      form[place] = error;
      const field = event.target.querySelector("input");
      field?.focus();
      field?.select();
      if (error.code === "ROUTE_NOT_FOUND") Object.assign(form, { noCodes: true, problem: null });
    }
    form.busy = false;
    changed();
  };
}

async function askForCode({ email }) {
  form.email = email.trim();
  const { challenge } = await call("POST", "/auth/otp", { email: form.email }, { open: true });
  form.challenge = challenge;
  await lookForMails();
  // A thumb leaves the button that it pressed in focus, or nothing: the code is what comes next.
  focusOn("#code");
}

async function lookForMails() {
  const response = await fetch("/dev/mails", { cache: "no-store" }).catch(() => null);
  form.mails = response?.ok ? (await response.json()).items : null;
  changed();
}

async function tryCode({ code, inviteCode }, arrived) {
  const body = { email: form.email, code: code.replaceAll(" ", ""), challenge: form.challenge };
  if (inviteCode.trim()) body.inviteCode = inviteCode.trim();
  enter(await call("POST", "/auth/otp/verify", body, { open: true }));
  form.challenge = null;
  arrived();
}

async function tryToken({ token }, arrived) {
  const accessToken = token.trim();
  await call("GET", "/points", undefined, { open: true, headers: { Authorization: `Bearer ${accessToken}` } });
  enter({ accessToken });
  arrived();
}

function anotherAddress() {
  Object.assign(form, { challenge: null, problem: null });
  changed();
  catchFocus("#email");
}
