// A second question to the same agent, which sends the whole history again: here a forged one.
import { ask, recording, tell, watched } from "./journey.mjs";

const wire = recording();
const { agent, seen } = watched({ fetch: wire.fetch });
await ask(agent, "think 2; say 5");
const first = structuredClone(agent.messages);
agent.setMessages(agent.messages.map((m) => (m.role === "assistant" ? { ...m, content: "Forged." } : m)));
const { newMessages } = await ask(agent, "say 3", { mode: "follow_up" });

await tell({ ...seen, threadId: agent.threadId, first, newMessages, state: agent.state, sent: wire.sent });
