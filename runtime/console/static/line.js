// A run's line to the server: opened once, mended as often as it breaks, closed by the run's end.
//
// The run does not depend on it. Where it breaks, it is asked for again right after the event that
// was seen last, and nothing is lost or told twice.

import { ask, Problem } from "./api.js";
import { frames } from "./sse.js";

const LONGEST_PAUSE_MS = 15_000;
const PULLED_MS = 2_500; // long enough to see that the page stands still
const SILENCE_MS = 45_000;
const ENDS = new Set(["RUN_FINISHED", "RUN_ERROR"]);
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

export class Line {
  // `body` starts a run; without it, a run that exists is followed from its first event.
  constructor({ threadId, runId, body = null, compact = false, onEvent, onChange }) {
    Object.assign(this, { threadId, runId, body, compact, onEvent, onChange });
    this.state = "connecting"; // live | waiting | ended | refused | left
    this.cursor = null;
    this.attempts = [];
    this.log = [];
    this.base = 1000;
    this.failures = 0;
    this.resumesAt = null;
    this.problem = null;
  }

  get attempt() {
    return this.attempts.at(-1);
  }

  async run() {
    while (!this.over) {
      const attempt = this.begin();
      try {
        await this.follow(attempt);
        attempt.why ??= this.over ? "ended" : "closed";
      } catch (error) {
        this.failed(attempt, error);
      }
      attempt.endedAt = performance.now();
      if (!this.over) await this.pause(attempt);
    }
    this.onChange();
  }

  get over() {
    return ["ended", "refused", "left"].includes(this.state);
  }

  // What the console's plug does: the connection is gone, as in a lift.
  pull() {
    this.attempt.why = "pulled";
    this.controller.abort();
  }

  leave() {
    this.state = "left";
    this.controller?.abort();
    this.wake?.();
  }

  begin() {
    const attempt = {
      number: this.attempts.length + 1,
      cursor: this.cursor,
      posts: this.body !== null && this.cursor === null,
      at: performance.now(),
      status: null,
      events: 0,
      first: null,
      firstAt: null,
      last: null,
      why: null,
    };
    this.attempts.push(attempt);
    this.controller = new AbortController();
    this.to("connecting");
    return attempt;
  }

  async follow(attempt) {
    const response = await this.open(attempt);
    attempt.status = response.status;
    if (response.status === 204) return this.to("ended"); // the cursor was the end
    this.to("live");
    const heard = this.watch(attempt);
    try {
      for await (const frame of frames(response.body, heard)) {
        if (frame.retry) this.base = frame.retry;
        if (frame.data) this.take(attempt, frame);
      }
    } finally {
      clearTimeout(this.silence);
    }
  }

  // A heartbeat comes every 15 s: a line that is quiet for three of them is dead, whatever it says.
  watch(attempt) {
    const heard = () => {
      clearTimeout(this.silence);
      this.silence = setTimeout(() => {
        attempt.why = "silence";
        this.controller.abort();
      }, SILENCE_MS);
    };
    heard();
    return heard;
  }

  open(attempt) {
    const headers = { Accept: "text/event-stream" };
    const { signal } = this.controller;
    // The same runId with the same body is the same run, so an answer that got lost costs nothing.
    if (attempt.posts) return ask("POST", "/agent/runs", this.body, { headers, signal });
    if (this.cursor) headers["Last-Event-ID"] = this.cursor;
    const compact = this.compact && !this.cursor ? "&compact=true" : "";
    const path = `/agent/sessions/${this.threadId}/events?runId=${this.runId}${compact}`;
    return ask("GET", path, undefined, { headers, signal });
  }

  take(attempt, frame) {
    this.cursor = frame.id ?? this.cursor;
    this.failures = 0;
    attempt.events += 1;
    attempt.first ??= frame.id;
    attempt.firstAt ??= performance.now();
    attempt.last = frame.id;
    this.log.push({ id: frame.id, at: performance.now(), size: frame.size, data: frame.data, attempt: attempt.number });
    this.onEvent(frame.data);
    if (ENDS.has(frame.data.type)) this.to("ended");
    else this.onChange();
  }

  failed(attempt, error) {
    if (this.over) return;
    if (error instanceof Problem) {
      attempt.status = error.status;
      attempt.why = error.code;
      this.problem = error;
      const lasting = !PASSING.has(error.status) || (attempt.posts && error.status === 429);
      if (lasting) this.to("refused");
    } else {
      attempt.why ??= "network";
    }
  }

  async pause(attempt) {
    const pulled = attempt.why === "pulled";
    const asked = this.problem?.retryAfter ? this.problem.retryAfter * 1000 : 0;
    // All clients of a server that fell over come back; not all at the same moment.
    const grown = Math.min(this.base * 2 ** this.failures, LONGEST_PAUSE_MS);
    const ms = pulled ? PULLED_MS : Math.max(asked, grown * (0.5 + Math.random() / 2));
    if (!pulled) this.failures += 1;
    this.resumesAt = Date.now() + ms;
    this.to("waiting");
    await this.sleep(ms);
    this.problem = null;
    this.resumesAt = null;
  }

  // Waits, but no longer than until the device has a network again.
  sleep(ms) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        removeEventListener("online", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      addEventListener("online", done);
      this.wake = done;
    });
  }

  to(state) {
    if (!this.over) this.state = state;
    this.onChange();
  }
}
