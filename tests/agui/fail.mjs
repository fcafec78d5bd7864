// A run that fails tells so in the stream; the same agent may then try again on the same thread.
import { ask, tell, watched } from "./journey.mjs";

const { agent, seen } = watched();
const failed = await ask(agent, "fail error after 3");
const errors = structuredClone(seen.errors);
const messages = structuredClone(agent.messages);
const again = await ask(agent, "say 2");

await tell({
  threadId: agent.threadId,
  failed: { result: failed.result ?? null, errors, messages },
  again: { result: again.result, outcomes: seen.outcomes, errors: seen.errors.length },
  failures: seen.failures.map(String),
});
