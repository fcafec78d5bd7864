// A session comes back in a fresh client: after a restart, on another phone, in the middle of a run.
import { HttpAgent, runHttpRequest, transformHttpEventStream } from "@ag-ui/client";
import { randomUUID } from "node:crypto";
import { api, ask, headers, shown, task, tell, watched } from "./journey.mjs";

/** HttpAgent leaves `connect` to us: any stream of the session goes through the agent's own pipeline. */
class RestoringAgent extends HttpAgent {
  from = "connect";

  connect(input) {
    const url = `${api}/sessions/${input.threadId}/${this.from}`;
    return transformHttpEventStream(runHttpRequest(() => this.fetch(url, { headers: this.headers })));
  }
}

/** The session in a fresh agent. */
async function restored(threadId) {
  const { agent, seen } = watched({ Agent: RestoringAgent, threadId });
  const { result } = await agent.connectAgent();
  return { agent, seen, result };
}

function view({ agent, seen }) {
  const { threadId, messages, state, pendingInterrupts: pending } = agent;
  return structuredClone({ threadId, messages, state, pending, ...seen, failures: seen.failures.map(String) });
}

const cancel = (runId) => fetch(`${api}/runs/${runId}/cancel`, { method: "POST", headers });

/** How a session looks to the client that led it, and to one that finds it. */
async function ended(say) {
  const led = watched();
  await ask(led.agent, say);
  return { led: view(led), found: view(await restored(led.agent.threadId)) };
}

async function answeredElsewhere() {
  const led = watched();
  await ask(led.agent, task.save);
  const found = await restored(led.agent.threadId);
  const before = view(found);
  const resume = found.agent.pendingInterrupts.map(({ id }) => ({
    interruptId: id,
    status: "resolved",
    payload: { approved: true },
  }));
  await found.agent.runAgent({ resume });
  return { led: view(led), before, after: view(found), again: view(await restored(found.agent.threadId)) };
}

async function calledOff() {
  const led = watched();
  const runId = randomUUID();
  led.agent.addMessage({ id: randomUUID(), role: "user", content: task.save });
  const forwardedProps = { runtime_mode: "divination", divinationPayload: task.cast };
  await led.agent.runAgent({ runId, forwardedProps });
  await cancel(runId);
  return view(await restored(led.agent.threadId));
}

async function inTheMiddle() {
  const led = watched();
  const runId = randomUUID();
  const speaking = shown(led.agent, "TEXT_MESSAGE_CONTENT", 2);
  const done = ask(led.agent, "say 600 pace 20", { runId });
  await speaking;
  const found = await restored(led.agent.threadId);
  const before = view(found);
  const { liveRunId } = found.seen.events.at(-1).metadata.eryao;
  found.agent.from = `events?runId=${liveRunId}`;
  const following = shown(found.agent, "TEXT_MESSAGE_CONTENT", 4);
  const ending = found.agent.connectAgent();
  await following;
  await cancel(runId);
  await Promise.all([done, ending]);
  return { runId, led: view(led), before, after: view(found) };
}

await tell({
  finished: await ended("think 2; say 4"),
  failed: await ended("fail error after 3"),
  waiting: await answeredElsewhere(),
  calledOff: await calledOff(),
  live: await inTheMiddle(),
});
