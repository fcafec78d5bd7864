// Which language people read, and how the time, the numbers and the words are written in it.

import * as art from "./art.js";
import { changed } from "./store.js";
import { PROBLEMS, WORDS } from "./words.js";

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

export function date(iso) {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}

export function number(value) {
  return new Intl.NumberFormat(language).format(value);
}

export function duration(seconds) {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}
