// A run is called off over HTTP while its stream is being watched; then the talk goes on.
import { randomUUID } from "node:crypto";
import { api, ask, headers, shown, tell, watched } from "./journey.mjs";

const { agent, seen } = watched();
const runId = randomUUID();
const speaking = shown(agent, "TEXT_MESSAGE_CONTENT", 3);
const done = ask(agent, "say 500 pace 20", { runId });
await speaking;
const cancelled = await fetch(`${api}/runs/${runId}/cancel`, { method: "POST", headers });
const { result } = await done;
const messages = structuredClone(agent.messages);
const next = await ask(agent, "say 3", { mode: "follow_up" });

await tell({
  ...seen,
  status: cancelled.status,
  threadId: agent.threadId,
  result,
  messages,
  pending: agent.pendingInterrupts,
  next: next.newMessages,
});
