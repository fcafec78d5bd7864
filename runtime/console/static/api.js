// The HTTP contract: JSON in and out, problems as exceptions, one new try with a new token.

import { back, gone } from "./absence.js";
import * as tokens from "./account.js";
import { lang } from "./i18n.js";
import { set } from "./store.js";

const BASE = "/api/v1";

// A refusal as RFC 9457 has it; clients go by `code`.
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `HTTP ${status}`);
    Object.assign(this, { status, code: "INTERNAL_ERROR", title: "", errors: [] }, body);
  }
}

export async function call(method, path, body, options = {}) {
  const response = await ask(method, path, body, options);
  if (response.status === 204) return null;
  return response.json();
}

// The answer itself, for those who read it as it comes; a refusal is a Problem here too.
export async function ask(method, path, body, { headers = {}, signal, open = false } = {}) {
  const send = (token) =>
    reach(BASE + path, {
      method,
      signal,
      cache: "no-store",
      headers: {
        "Accept-Language": lang(), // mails are written in it
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...(typed(body) ? { "Content-Type": typed(body) } : {}),
        ...headers,
      },
      body: isRaw(body) ? body : JSON.stringify(body),
    });
  let token = open ? null : await tokens.token();
  let response = await send(token);
  if (response.status === 401 && token) {
    token = await tokens.renew();
    if (token) response = await send(token);
  }
  if (!response.ok) throw told(await problemIn(response));
  return response;
}

// An account that was ended elsewhere is signed out here.
function told(problem) {
  if (problem.code === "AUTH_USER_NOT_FOUND") tokens.leave();
  return problem;
}

// Bytes and forms go as they are; a form's type has a boundary that the browser alone knows.
function isRaw(body) {
  return body === undefined || body instanceof Blob || body instanceof FormData;
}

function typed(body) {
  if (isRaw(body)) return body instanceof Blob ? "application/octet-stream" : null;
  return "application/json";
}

// One file of a form, told of as it goes: fetch says nothing of what it has sent.
export async function upload(path, form, { onProgress, signal }) {
  const first = await sent(path, form, await tokens.token(), onProgress, signal);
  const answer = first.status === 401 ? await sent(path, form, await tokens.renew(), onProgress, signal) : first;
  if (!answer.ok) throw await problemIn(answer);
  return answer.json();
}

function sent(path, form, token, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", BASE + path);
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onload = () => {
      const headers = { "Retry-After": request.getResponseHeader("Retry-After") ?? "" };
      resolve(new Response(request.responseText, { status: request.status, headers }));
    };
    request.onerror = request.onabort = () => reject(new TypeError("the file did not get there"));
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

async function reach(url, request) {
  try {
    const response = await fetch(url, request);
    back();
    return response;
  } catch (error) {
    if (error.name !== "AbortError") gone();
    throw error;
  }
}

export async function problemIn(response) {
  const retryAfter = Number(response.headers.get("Retry-After")) || undefined;
  try {
    return new Problem(response.status, { retryAfter, ...(await response.json()) });
  } catch {
    return new Problem(response.status, { retryAfter });
  }
}

export async function refreshPoints() {
  set({ points: await call("GET", "/points") });
}

export async function refreshUnread() {
  set({ unread: (await call("GET", "/notifications/unread-count")).unreadCount });
}

export async function refreshSenses() {
  const { custom } = await call("GET", "/agent/capabilities");
  set({ hears: custom.transcription });
}
