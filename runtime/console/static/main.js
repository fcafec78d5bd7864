// The frame of the page: who is here, where they are, and what they should know right now.

import { onReturn } from "./absence.js";
import { account, forgetAddress, leave } from "./account.js";
import { refreshPoints, refreshSenses, refreshUnread } from "./api.js";
import { clear, desk } from "./desk.js";
import { lang, number, otherLanguage, t } from "./i18n.js";
import { html, nothing, render } from "./lit.js";
import { go, onLeave, revisit, startRouting } from "./router.js";
import { changed, drawnBy, set, state, toast } from "./store.js";
import { nextTheme, theme } from "./theme.js";
import { emptyTrays } from "./tray.js";
import { castView } from "./views/cast.js";
import { figuresView } from "./views/figures.js";
import { historyView } from "./views/history.js";
import { mark, moon, sun, both, bell, person } from "./views/icons.js";
import { noticesView } from "./views/notices.js";
import { pointsView } from "./views/points.js";
import { readingView } from "./views/reading.js";
import { signInView } from "./views/sign-in.js";
import { youView } from "./views/you.js";

const UNREAD_MS = 20_000;
const TABS = ["cast", "readings", "points", "notices"];
// On a phone people have a place in the bar of their own, and the server's figures are led to from there.
const LAST = { figures: "wide", you: "narrow" };

function page() {
  return html`
    <a class="skip" href="#main" @click=${skip}>${t("skip")}</a>
    ${header()} ${banner()}
    <main id="main" tabindex="-1">${view()}</main>
    <p class="heard" role="status">${state.said}</p>
    ${state.toast ? html`<p class="toast" role="status">${state.toast}</p>` : nothing}
  `;
}

function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

function header() {
  return html`
    <header class="top">
      <a class="brand" href="#/cast" aria-label="eryao">${mark()}<span>eryao</span></a>
      ${account.signedIn ? tabs() : html`<span class="tabs"></span>`}
      <div class="tools">
        <button class="quiet" lang=${lang() === "en" ? "zh-Hans" : "en"} @click=${otherLanguage}>${t("language")}</button>
        ${themeButton()}
        ${account.signedIn ? html`<a class="button quiet wide" href="#/you" title=${account.email} aria-current=${state.route.name === "you" ? "page" : "false"}>${person()}<span>${t("yourPage")}</span></a>` : nothing}
      </div>
    </header>
  `;
}

function tabs() {
  return html`<nav class="tabs" aria-label="eryao">
    ${TABS.map(
      (name) => html`<a href="#/${name}" aria-current=${state.route.name === name ? "page" : "false"}>
        ${name === "notices" ? bell() : nothing}<span>${t(name)}</span>${extra(name)}
      </a>`,
    )}
    ${Object.entries(LAST).map(([name, where]) => html`<a class=${where} href="#/${name}" aria-current=${state.route.name === name ? "page" : "false"}><span>${t(name === "you" ? "yourPage" : name)}</span></a>`)}
  </nav>`;
}

function extra(name) {
  if (name === "points" && state.points) return html`<b class="count plain">${number(state.points.balance)}</b>`;
  if (name === "notices" && state.unread) {
    return html`<b class="count"><span aria-hidden="true">${state.unread}</span><span class="heard">${t("unread", { n: state.unread })}</span></b>`;
  }
  return nothing;
}

function themeButton() {
  const [icon, name] = { auto: [both, "themeAuto"], light: [sun, "themeLight"], dark: [moon, "themeDark"] }[theme()];
  const label = `${t("theme")}: ${t(name)}`;
  return html`<button class="quiet" aria-label=${label} title=${label} @click=${nextTheme}>${icon()}</button>`;
}

function banner() {
  const text = !state.online ? t("offline") : !state.reachable ? t("unreachable") : null;
  return text ? html`<p class="banner" role="alert">${text}</p>` : nothing;
}

function view() {
  if (!account.signedIn) return signInView(entered);
  const { name, id } = state.route;
  if (name === "readings") return id ? readingView(id) : historyView();
  if (name === "you") return youView(signOut);
  return { cast: castView, points: pointsView, notices: noticesView, figures: figuresView }[name]();
}

// `receipt` where the account went too.
function signOut(receipt) {
  clear();
  emptyTrays();
  leave();
  set({ points: null, unread: 0, hears: false });
  go("cast");
  if (!receipt) return;
  forgetAddress();
  toast(t("accountGone", { receipt }));
}

function entered() {
  arrive();
  revisit();
}

function arrive() {
  refreshPoints().catch(() => {});
  refreshUnread().catch(() => {});
  refreshSenses().catch(() => {});
}

// What came by itself may have brought points.
async function lookForNews() {
  const before = state.unread;
  await refreshUnread();
  if (state.unread > before) await refreshPoints();
}

drawnBy(() => render(page(), document.getElementById("app")));
onLeave((route) => {
  if (desk.thread && route.name !== "figures" && route.id !== desk.thread.id) clear();
});
addEventListener("online", () => set({ online: true }));
onReturn(() => {
  if (account.signedIn) arrive();
});
addEventListener("offline", () => set({ online: false }));
addEventListener("storage", changed); // signed in in another tab, another theme
setInterval(() => {
  if (account.signedIn && !document.hidden) lookForNews().catch(() => {});
}, UNREAD_MS);
startRouting();
changed();
if (account.signedIn) arrive();
