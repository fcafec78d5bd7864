// Which language people read, and how the time, the numbers and the words are written in it.

import * as art from "./art.js";
import { changed } from "./store.js";
import { FLAWS, PLACES, PROBLEMS, WORDS } from "./words.js";

const LANGUAGES = ["zh-Hans", "en"];
const KEPT = "eryao.language";

let language = localStorage.getItem(KEPT) ?? preferred();
document.documentElement.lang = language;

function preferred() {
  const wished = navigator.languages.find((tag) => /^(zh|en)\b/.test(tag));
  return wished?.startsWith("zh") ? "zh-Hans" : "en";
}

export function lang() {
  return language;
}

export function otherLanguage() {
  language = LANGUAGES[1 - LANGUAGES.indexOf(language)];
  localStorage.setItem(KEPT, language);
  document.documentElement.lang = language;
  changed();
}

export function pick(pair) {
  return pair?.[LANGUAGES.indexOf(language)];
}

export function fill(text, members = {}) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => members[name] ?? whole);
}

export function t(key, members) {
  return fill(pick(WORDS[key]) ?? key, members);
}

export function hasWord(key) {
  return key in WORDS;
}

// One of the art's own words, such as art.RELATIVES.
export function term(table, code, members) {
  return fill(pick(art[table][code]) ?? code, members);
}

export function sentence(problem) {
  const own = pick(PROBLEMS[problem.code]);
  if (own) return fill(own, problem);
  return problem.detail || problem.message || problem.title || t("again");
}

// The same for one field of it; a place is known by the last name in its pointer.
export function flaw({ pointer, type, limit, message }) {
  const kind = type === "too_short" && limit === 1 ? "missing" : type;
  const own = pick(PLACES[lastOf(pointer)]) ?? pick(FLAWS[kind]);
  const isWhole = own && (limit !== undefined || !own.includes("{limit}"));
  return isWhole ? fill(own, { limit: limit && number(limit) }) : message;
}

// What the page calls a field, where it has a name for it.
export function fieldName(pointer) {
  const name = lastOf(pointer);
  return [`arg_${name}`, name].map((key) => pick(WORDS[key])).find(Boolean) ?? null;
}

// One of many is known by what they are: the fourth of the lines is among the lines.
function lastOf(pointer) {
  return pointer.replace(/(\/\d+)+$/, "").split("/").at(-1);
}

// The page's language as the user's own region writes it: 24 hours or twelve, the day first or not.
export function region() {
  const [short] = language.split("-");
  return navigator.languages.find((tag) => tag.split("-")[0] === short) ?? language;
}

export function date(iso) {
  return new Intl.DateTimeFormat(region(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}

export function number(value) {
  return new Intl.NumberFormat(region()).format(value);
}

export function duration(seconds) {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}
