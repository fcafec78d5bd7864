// A divination from the question to the last word.
import { ask, recording, task, tell, watched } from "./journey.mjs";

const wire = recording();
const { agent, seen } = watched({ fetch: wire.fetch });
const { result, newMessages } = await ask(agent, task.say);

await tell({
  ...seen,
  threadId: agent.threadId,
  result,
  newMessages,
  messages: agent.messages,
  state: agent.state,
  wire: wire.text(),
});
