// An EventSource follows a run through a proxy that cuts it off again and again.
import { EventSource } from "eventsource";
import { cuttingProxy } from "./cutting-proxy.mjs";
import { headers, task, tell } from "./journey.mjs";

// EventSource waits as long as `retry:` says. Here a second of that is 50 ms; the pauses are reported.
const pauses = [];
const wait = globalThis.setTimeout;
globalThis.setTimeout = (work, ms, ...rest) => {
  if (!new Error().stack.includes("/eventsource/")) return wait(work, ms, ...rest);
  pauses.push(ms);
  return wait(work, ms / 20, ...rest);
};

const proxy = await cuttingProxy(task.url, task.cuts);
const retries = [];
const follow = async (url, init) => {
  const response = await fetch(url, { ...init, headers: { ...init.headers, ...headers } });
  if (response.status === 204) return response;
  const [mine, theirs] = response.body.tee();
  const { value } = await mine.getReader().read();
  retries.push(Number(/^retry: (\d+)\n\n/.exec(Buffer.from(value).toString())?.[1]));
  return new Response(theirs, response);
};

const source = new EventSource(`${proxy.url}/api/v1/agent/sessions/${task.thread}/events?runId=${task.run}`, {
  fetch: follow,
});
const frames = [];
const types = new Set();
const stopped = await new Promise((resolve) => {
  source.onmessage = ({ type, lastEventId, data }) => {
    types.add(type);
    frames.push(`id: ${lastEventId}\ndata: ${data}\n\n`);
  };
  source.onerror = ({ code }) => void (source.readyState === EventSource.CLOSED && resolve(code));
});
const asked = proxy.asked.length;
await new Promise((go) => wait(go, 300)); // longer than any of its pauses here: it has truly stopped

await tell({ frames, stopped, asked: proxy.asked, late: proxy.asked.length - asked, pauses, retries, types: [...types] });
