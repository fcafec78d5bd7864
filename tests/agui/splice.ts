// HttpAgent over a line that drops, with a fetch that comes back for the rest.
import { randomUUID } from "node:crypto";
import { cuttingProxy } from "./cutting-proxy.mjs";
import { ask, recording, shown, task, tell, watched } from "./journey.mjs";
import { resumingFetch } from "../clients/typescript/resuming-fetch.ts";

const proxy = await cuttingProxy(task.url, task.cuts);
const patience = { pauseMs: 20, quietMs: 400 };
const wire = recording(resumingFetch(patience));
const { agent, seen } = watched({ base: proxy.url, fetch: wire.fetch });
const runId = randomUUID();
const { result } = await ask(agent, task.say, { runId });

// The same line, but the user leaves while it is down.
const gone = await cuttingProxy(task.url, [{ how: "silent", after: 700 }]);
const leaving = watched({ base: gone.url, fetch: resumingFetch({ ...patience, quietMs: 60_000 }) });
const begun = shown(leaving.agent, "STATE_DELTA");
const done = ask(leaving.agent, task.say);
await begun;
leaving.agent.abortRun();
await done;

// And one that never comes up again.
const dead = await cuttingProxy(task.url, Array.from({ length: 9 }, () => ({ how: "lost" })));
const failing = watched({ base: dead.url, fetch: resumingFetch({ ...patience, pauseMs: 1, tries: 3 }) });
failing.agent.subscribe({ onRunFailed: () => ({ stopPropagation: true }) });
await ask(failing.agent, task.say);

await tell({
  ...seen,
  threadId: agent.threadId,
  runId,
  result,
  messages: agent.messages,
  wire: wire.text(),
  asked: proxy.asked,
  left: leaving.seen.errors,
  dead: { failures: failing.seen.failures.map(String), asked: dead.asked.length },
});
