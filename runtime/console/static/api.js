// The HTTP contract: JSON in and out, problems as exceptions, one new try with a new token.

import * as tokens from "./account.js";
import { lang } from "./i18n.js";
import { set, state } from "./store.js";

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
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  let token = open ? null : await tokens.token();
  let response = await send(token);
  if (response.status === 401 && token) {
    token = await tokens.renew();
    if (token) response = await send(token);
  }
  if (!response.ok) throw await problemIn(response);
  return response;
}

async function reach(url, request) {
  try {
    const response = await fetch(url, request);
    if (!state.reachable) set({ reachable: true });
    return response;
  } catch (error) {
    if (error.name !== "AbortError" && state.reachable) set({ reachable: false });
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
