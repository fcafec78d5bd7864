// A tool asks first; the answer is the next run's `resume`. One agent for each way to answer.
import { HttpAgent } from "@ag-ui/client";
import { ask, task, tell, watched } from "./journey.mjs";

async function answered({ say, entries }) {
  const { agent, seen } = watched({ Agent: HttpAgent });
  const { result } = await ask(agent, say);
  const pending = structuredClone(agent.pendingInterrupts);
  const asked = seen.events.length;
  const waiting = structuredClone(agent.messages);
  const silent = await agent.runAgent({}).catch((error) => error.message);
  const resume = pending.map(({ id }, place) => ({ interruptId: id, ...entries[place] }));
  await agent.runAgent({ resume });
  return {
    threadId: agent.threadId,
    result: result ?? null,
    outcomes: seen.outcomes,
    pending,
    waiting,
    silent,
    left: agent.pendingInterrupts,
    messages: agent.messages,
    state: agent.state,
    resumed: seen.events.slice(asked),
  };
}

const told = {};
for (const [name, way] of Object.entries(task.ways)) told[name] = await answered(way);

await tell(told);
