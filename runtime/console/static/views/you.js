// The page on which people tell of themselves, invite, see what they shared, and leave.

import { account } from "../account.js";
import { call, refreshPoints } from "../api.js";
import { date, t } from "../i18n.js";
import { html, live, nothing, repeat } from "../lit.js";
import { onLeave } from "../router.js";
import { changed, toast } from "../store.js";
import { feedbackView } from "./feedback.js";
import { command, problemNote } from "./notes.js";
import { Pages } from "./pages.js";
import { loadProfile, profileView } from "./profile.js";

const shares = new Pages("/shares");
const page = fresh();

function fresh() {
  return { invite: null, inviteProblem: null, redeemProblem: null, shareProblem: null, sure: null, address: "", isOther: false, leaveProblem: null, busy: false };
}

onLeave(({ name }) => {
  if (name !== "you" || !account.signedIn) return;
  Object.assign(page, fresh());
  loadProfile();
  shares.start();
});

// `leaving` is told once nobody is signed in any more, and of a deletion its receipt.
export function youView(leaving) {
  return html`<section class="list you">
    <div class="heading"><h1 tabindex="-1">${t("yourPage")}</h1><button class="quiet" @click=${() => leaving(null)}>${t("signOut")}</button></div>
    ${profileView()} ${inviteView()} ${sharesView()} ${feedbackView()} ${endView(leaving)}
    <p class="narrow"><a href="#/figures">${t("figuresTitle")}</a></p>
  </section>`;
}

// --- invites -------------------------------------------------------------------------------------

// Whoever has a code is told the same one again; to ask before whether there is one would be refused else.
async function showInvite() {
  page.inviteProblem = null;
  try {
    page.invite = await call("POST", "/invite");
  } catch (problem) {
    page.inviteProblem = problem;
  }
  changed();
}

function inviteView() {
  const { invite, redeemProblem } = page;
  const wrong = redeemProblem?.errors?.some(({ pointer }) => pointer === "/code");
  return html`<div class="stack"><h2>${t("inviting")}</h2><p class="faint">${t("inviteWhy")}</p>
    ${invite ? html`<p>${t("yourCode")}</p>${command(invite.code)}` : html`<p><button @click=${showInvite}>${t("showInvite")}</button></p>`}
    ${problemNote(page.inviteProblem)}</div>
    <form class="stack" @submit=${redeem}>
      <label for="redeem">${t("redeemCode")}</label>
      <input id="redeem" name="code" autocomplete="off" autocapitalize="characters" required aria-invalid=${wrong ? "true" : "false"} aria-describedby="redeem-why" />
      <div id="redeem-why">${problemNote(redeemProblem && { ...redeemProblem, errors: [] })}</div>
      <button>${t("redeem")}</button>
    </form>`;
}

async function redeem(event) {
  event.preventDefault();
  const form = event.target;
  page.redeemProblem = null;
  try {
    const { points } = await call("POST", "/invite/redemptions", { code: form.code.value.trim() });
    toast(t("redeemed", { n: points }));
    form.reset();
    await refreshPoints();
  } catch (problem) {
    page.redeemProblem = problem;
    form.code.focus();
  }
  changed();
}

// --- shared links --------------------------------------------------------------------------------

function sharesView() {
  return html`<h2>${t("sharedLinks")}</h2>
    ${problemNote(page.shareProblem)} ${problemNote(shares.problem, () => shares.start())}
    ${shares.isEmpty ? html`<p class="faint">${t("noLinks")}</p>` : nothing}
    <ul class="rows">${repeat(shares.items, (item) => item.id, share)}</ul>${shares.more()}`;
}

function share({ id, threadId, includeQuestion, open, expiresAt }) {
  const ask = (sure) => () => {
    page.sure = sure;
    changed();
  };
  const until = t(open ? "openUntil" : "closedAt", { t: date(expiresAt) });
  return html`<li><span><a href="#/readings/${threadId}">${t("sharedReading")}</a> <small class="faint">${t(includeQuestion ? "withQuestion" : "withoutQuestion")}</small></span>
    ${page.sure === id
      ? html`<span><button class="quiet" @click=${ask(null)}>${t("keep")}</button> <button class="quiet sure" @click=${() => revoke(id)}>${t("revokeSure")}</button></span>`
      : html`<button class="quiet" aria-label="${t("revoke")}: ${until}" @click=${ask(id)}>${t("revoke")}</button>`}
    <span class="faint">${until}</span></li>`;
}

async function revoke(id) {
  Object.assign(page, { sure: null, shareProblem: null });
  try {
    await call("DELETE", `/shares/${id}`);
    toast(t("revoked"));
  } catch (problem) {
    page.shareProblem = problem;
  }
  await shares.start();
}

// --- the end -------------------------------------------------------------------------------------

function endView(leaving) {
  const typed = (event) => {
    Object.assign(page, { address: event.target.value, isOther: false });
    changed();
  };
  return html`<details class="end"><summary>${t("deleteAccount")}</summary>
    <form class="stack" novalidate @submit=${(event) => erase(event, leaving)}>
      <p>${t("deleteWhat")}</p>
      <label for="address">${t("typeAddress", { email: account.email })}</label>
      <input id="address" type="email" autocomplete="off" aria-invalid=${page.isOther ? "true" : "false"} aria-describedby="address-why" .value=${live(page.address)} @input=${typed} />
      <p id="address-why" class="wrong-field" role="alert">${page.isOther ? t("addressWrong") : nothing}</p>
      ${problemNote(page.leaveProblem)}
      <button class="main" ?disabled=${page.busy}>${t("deleteForGood")}</button>
    </form></details>`;
}

async function erase(event, leaving) {
  event.preventDefault();
  page.isOther = page.address.trim().toLowerCase() !== account.email.toLowerCase();
  if (page.isOther) document.getElementById("address").focus();
  else await erased(leaving);
  changed();
}

async function erased(leaving) {
  Object.assign(page, { busy: true, leaveProblem: null });
  changed();
  try {
    const { receipt } = await call("DELETE", "/profile");
    leaving(receipt);
  } catch (problem) {
    page.leaveProblem = problem;
  }
  page.busy = false;
}
