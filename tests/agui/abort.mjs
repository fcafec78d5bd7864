// Three agents leave in the middle of their runs. Nobody is told to stop anything.
import { randomUUID } from "node:crypto";
import { api, ask, headers, shown, task, tell, until, watched } from "./journey.mjs";

const runs = await Promise.all(
  Array.from({ length: task.streams }, async () => {
    const { agent, seen } = watched();
    const runId = randomUUID();
    const speaking = shown(agent, "TEXT_MESSAGE_CONTENT", 2);
    const done = ask(agent, task.say, { runId });
    await speaking;
    return { agent, seen, runId, done };
  }),
);

// The status of one more stream: it tells whether the user has a place for it.
async function oneMore() {
  const { agent, runId } = runs[0];
  const left = new AbortController();
  const url = `${api}/sessions/${agent.threadId}/events?runId=${runId}`;
  const { status } = await fetch(url, { headers, signal: left.signal });
  left.abort();
  return status;
}

const before = await oneMore();
for (const { agent } of runs) agent.abortRun();
const results = await Promise.all(runs.map(({ done }) => done));
await until(async () => (await oneMore()) === 200);

await tell({
  before,
  results,
  left: runs.map(({ agent, seen, runId }) => ({ threadId: agent.threadId, runId, ...seen })),
});
