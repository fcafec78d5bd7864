// What people tell of themselves, and the picture that stands for them.

import { onReturn } from "../absence.js";
import { ask, call } from "../api.js";
import { flaw, t } from "../i18n.js";
import { html, nothing } from "../lit.js";
import { changed, toast } from "../store.js";
import { isOurs } from "./files.js";
import { person } from "./icons.js";
import { problemNote } from "./notes.js";

const FIELDS = ["displayName", "bio", "locale", "birthday"];
const LOCALES = { "zh-Hans": "简体中文", "zh-Hant": "繁體中文", en: "English" };
const page = { profile: null, problem: null, pictureProblem: null, busy: false };

onReturn(() => {
  if (page.problem && !page.profile) loadProfile();
});

export async function loadProfile() {
  Object.assign(page, { profile: null, problem: null, pictureProblem: null });
  try {
    page.profile = await call("GET", "/profile").catch(begin);
  } catch (problem) {
    page.problem = problem;
  }
  changed();
}

function begin(problem) {
  if (problem.code !== "PROFILE_NOT_FOUND") throw problem;
  return call("POST", "/profile", {});
}

export function profileView() {
  if (!page.profile) return page.problem ? problemNote(page.problem, loadProfile) : html`<p class="faint">${t("loading")}…</p>`;
  return html`${avatarView()}
    <form class="stack" novalidate @submit=${save}>
      <h2>${t("profile")}</h2>
      ${field("displayName", (is) => html`<input id="displayName" name="displayName" autocomplete="nickname" .value=${page.profile.displayName ?? ""} aria-invalid=${is} aria-describedby="displayName-why" />`)}
      ${field("bio", (is) => html`<textarea id="bio" name="bio" rows="3" .value=${page.profile.bio ?? ""} aria-invalid=${is} aria-describedby="bio-why"></textarea>`)}
      ${field("locale", (is) => html`<select id="locale" name="locale" aria-invalid=${is} aria-describedby="locale-why"><option value="">${t("languageUnsaid")}</option>
        ${Object.entries(LOCALES).map(([code, name]) => html`<option value=${code} lang=${code} ?selected=${page.profile.locale === code}>${name}</option>`)}</select>`)}
      ${field("birthday", (is) => html`<input id="birthday" name="birthday" type="date" autocomplete="bday" .value=${page.profile.birthday ?? ""} aria-invalid=${is} aria-describedby="birthday-why" />`)}
      ${problemNote(page.problem && { ...page.problem, errors: page.problem.errors?.filter(({ pointer }) => !FIELDS.includes(pointer.slice(1))) })}
      <button class="main" ?disabled=${page.busy}>${t("save")}</button>
    </form>`;
}

const LABELS = { displayName: "displayName", bio: "bio", locale: "yourLanguage", birthday: "birthday" };

// What the server says of a field stands under it.
function field(name, input) {
  const wrong = page.problem?.errors?.find(({ pointer }) => pointer === `/${name}`);
  return html`<label for=${name}>${t(LABELS[name])}</label>${input(wrong ? "true" : "false")}
    <p id="${name}-why" class="wrong-field">${wrong ? flaw(wrong) : nothing}</p>`;
}

async function save(event) {
  event.preventDefault();
  // Half a date is none to the browser, and would take away the one that is kept.
  if (event.target.birthday.validity.badInput) {
    page.problem = { code: "PROFILE_PAYLOAD_INVALID", errors: [{ pointer: "/birthday", message: t("dayWrong") }] };
    event.target.birthday.focus();
    return changed();
  }
  const told = Object.fromEntries(new FormData(event.target));
  const change = {};
  for (const name of FIELDS) {
    const value = told[name].trim() === "" ? null : told[name];
    if (value !== page.profile[name]) change[name] = value;
  }
  await trying("problem", async () => {
    page.profile = await call("PATCH", "/profile", change);
    toast(t("profileSaved"));
  });
  document.querySelector(".you [aria-invalid=true]")?.focus();
}

async function trying(place, work) {
  Object.assign(page, { busy: true, [place]: null });
  changed();
  try {
    await work();
  } catch (problem) {
    page[place] = problem;
  }
  page.busy = false;
  changed();
  await new Promise(requestAnimationFrame);
}

// --- the picture ---------------------------------------------------------------------------------

function avatarView() {
  const { avatarPath, avatarUrl } = page.profile;
  const shows = avatarUrl && isOurs(avatarUrl);
  return html`<div class="avatar">
    ${shows ? html`<img src=${avatarUrl} alt=${t("avatar")} />` : html`<span class="nobody">${person()}</span>`}
    <div><p class="row"><input type="file" hidden accept="image/jpeg,image/png,image/webp" @change=${wear} />
      <button type="button" ?disabled=${page.busy} aria-describedby="avatar-hint" @click=${(event) => event.currentTarget.previousElementSibling.click()}>${t("chooseAvatar")}</button>
      ${avatarPath ? html`<button type="button" class="quiet" ?disabled=${page.busy} @click=${takeOff}>${t("removeAvatar")}</button>` : nothing}
      ${avatarUrl && !shows ? html`<a href=${avatarUrl} target="_blank" rel="noopener noreferrer">${t("avatar")}</a>` : nothing}</p>
      <p id="avatar-hint" class="faint">${t("avatarHint")}</p></div></div>
    ${problemNote(page.pictureProblem)}`;
}

async function wear(event) {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  await trying("pictureProblem", async () => {
    // As bytes: a page that names a type may name the wrong one.
    const response = await ask("PUT", "/profile/avatar", new Blob([file]));
    const { avatarPath, url } = await response.json();
    Object.assign(page.profile, { avatarPath, avatarUrl: url });
    toast(t("avatarKept"));
  });
}

function takeOff() {
  return trying("pictureProblem", async () => {
    const { avatarPath, avatarUrl } = await call("PATCH", "/profile", { avatarPath: null });
    Object.assign(page.profile, { avatarPath, avatarUrl });
  });
}
