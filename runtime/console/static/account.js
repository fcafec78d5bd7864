// Who is signed in on this page, and the tokens that say so.
//
// The access token lives in this tab alone; only the refresh token is shared by all tabs. It can be
// spent once: spending it twice ends the whole sign-in, so tabs take turns under a lock.

import { changed } from "./store.js";

const REFRESH = "eryao.refresh";
const ACCESS = "eryao.access";
const EMAIL = "eryao.email";
const EARLY_MS = 20_000;

let access = read(sessionStorage, ACCESS); // {token, until}
let flight = null;

export const account = {
  get signedIn() {
    return access !== null || localStorage.getItem(REFRESH) !== null;
  },
  get email() {
    return (access && emailIn(access.token)) || lastEmail();
  },
};

export function enter(pair) {
  keep(pair);
  localStorage.setItem(EMAIL, account.email);
  changed();
}

// Who signed in here last, to spare them the typing.
export function lastEmail() {
  return localStorage.getItem(EMAIL) ?? "";
}

export function leave() {
  const refreshToken = localStorage.getItem(REFRESH);
  forget();
  if (refreshToken) post("/auth/logout", { refreshToken }).catch(() => {});
}

// No trace stays in the browser of an account that is no more.
export function forgetAddress() {
  localStorage.removeItem(EMAIL);
}

function forget() {
  localStorage.removeItem(REFRESH);
  drop();
}

function drop() {
  access = null;
  sessionStorage.removeItem(ACCESS);
  changed();
}

// Signed out in another tab is signed out here.
addEventListener("storage", ({ key, oldValue, newValue }) => {
  if (key === REFRESH && oldValue && !newValue) drop();
});

// A token that is good for a while yet; null where nobody is signed in any more.
export async function token() {
  if (access && (access.until === null || access.until - Date.now() > EARLY_MS)) return access.token;
  return renew();
}

// A new token, however many ask for it at once.
export function renew() {
  flight ??= underLock(spend).finally(() => (flight = null));
  return flight;
}

async function underLock(work) {
  // Browsers have locks on https and on loopback only; elsewhere one tab is all that we can promise.
  return navigator.locks ? navigator.locks.request("eryao.refresh", work) : work();
}

async function spend() {
  const refreshToken = localStorage.getItem(REFRESH);
  if (!refreshToken) {
    forget();
    return null;
  }
  const response = await post("/auth/refresh", { refreshToken });
  if (response.ok) {
    keep(await response.json());
    return access.token;
  }
  if (response.status >= 500 || response.status === 429) throw new TypeError("not now");
  forget();
  return null;
}

function keep(pair) {
  const until = pair.expiresIn ? Date.now() + pair.expiresIn * 1000 : null;
  access = { token: pair.accessToken, until };
  sessionStorage.setItem(ACCESS, JSON.stringify(access));
  if (pair.refreshToken) localStorage.setItem(REFRESH, pair.refreshToken);
}

function post(path, body) {
  return fetch(`/api/v1${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

function emailIn(jwt) {
  try {
    const [, claims] = jwt.split(".");
    return JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/"))).email;
  } catch {
    return null;
  }
}

function read(storage, name) {
  try {
    return JSON.parse(storage.getItem(name));
  } catch {
    return null;
  }
}
