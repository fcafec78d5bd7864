// What every journey needs: its task from the test, agents that are watched, and a report at the end.
import { HttpAgent } from "@ag-ui/client";
import { randomUUID } from "node:crypto";

export const task = JSON.parse(process.argv[2]);
export const api = `${task.url}/api/v1/agent`;
export const headers = { Authorization: `Bearer ${task.token}` };

// The client warns of whatever it had to strip or could not use: each warning is a server's mistake.
export const complaints = [];
for (const level of ["warn", "error"]) {
  console[level] = (...words) => complaints.push(`${level}: ${words.map(String).join(" ")}`);
}
process.on("unhandledRejection", (reason) => complaints.push(`unhandled: ${reason}`));

/** An agent, and all that it told its subscribers. */
export function watched({ Agent = HttpAgent, base = task.url, ...options } = {}) {
  const url = `${base}/api/v1/agent/runs`;
  const agent = new Agent({ url, headers, threadId: randomUUID(), ...options });
  const seen = { events: [], outcomes: [], errors: [], failures: [] };
  agent.subscribe({
    onEvent: ({ event }) => void seen.events.push(event),
    onRunFinishedEvent: ({ outcome }) => void seen.outcomes.push(outcome),
    onRunErrorEvent: ({ event }) => void seen.errors.push({ ...event }),
    onRunFailed: ({ error }) => void seen.failures.push(error),
  });
  return { agent, seen };
}

/** Say something to the agent, as an app does. */
export function ask(agent, text, { mode = "divination", runId = randomUUID() } = {}) {
  agent.addMessage({ id: randomUUID(), role: "user", content: text });
  const cast = mode === "divination" ? { divinationPayload: task.cast } : {};
  return agent.runAgent({ runId, forwardedProps: { runtime_mode: mode, ...cast } });
}

/** Resolves once the agent has shown so many events of a kind. */
export function shown(agent, kind, times = 1) {
  return new Promise((resolve) => {
    let left = times;
    agent.subscribe({ onEvent: ({ event }) => void (event.type === kind && --left === 0 && resolve()) });
  });
}

/** A fetch that keeps what went out and, byte for byte, what came back. */
export function recording(inner = fetch) {
  const sent = [];
  const chunks = [];
  const record = new Proxy(inner, {
    async apply(target, self, [url, init]) {
      sent.push(JSON.parse(init.body));
      const response = await target(url, init);
      const keep = (chunk, out) => (chunks.push(chunk), out.enqueue(chunk));
      const body = response.body.pipeThrough(new TransformStream({ transform: keep }));
      return new Response(body, response);
    },
  });
  return { fetch: record, sent, text: () => Buffer.concat(chunks).toString() };
}

/** Resolves as soon as this holds; rejects when it has not within the time. */
export async function until(holds, seconds = 8) {
  for (const begun = Date.now(); !(await holds()); await new Promise((go) => setTimeout(go, 20))) {
    if (Date.now() - begun > seconds * 1000) throw new Error(`not in ${seconds} s: ${holds}`);
  }
}

/** Report to the test, whatever may still be open. */
export async function tell(facts) {
  await new Promise(setImmediate);
  process.stdout.write(JSON.stringify({ ...facts, complaints }), () => process.exit(0));
}
