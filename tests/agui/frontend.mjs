// A tool of the client's own: the model calls it, the client answers, the model goes on.
import { HttpAgent } from "@ag-ui/client";
import { randomUUID } from "node:crypto";
import { task, tell, watched } from "./journey.mjs";

const tools = [{ name: "pick_colour", description: "Let the user pick.", parameters: { type: "object", properties: {} } }];
const forwardedProps = { runtime_mode: "divination", divinationPayload: task.cast };
const { agent, seen } = watched({ Agent: HttpAgent });

agent.addMessage({ id: randomUUID(), role: "user", content: 'say 2; call pick_colour {"of":"walls"}; say 3' });
const first = await agent.runAgent({ tools, forwardedProps });
const asked = seen.events.length;
const endings = () => seen.events.filter(({ type }) => type === "RUN_FINISHED").map(({ outcome }) => outcome);
const [toolCallId] = endings()[0].pendingToolCallIds;
agent.addMessage({ id: randomUUID(), role: "tool", toolCallId, content: "green" });
// The client sends what it sent before: the server knows a continuation by its last message.
await agent.runAgent({ tools, forwardedProps });

await tell({
  threadId: agent.threadId,
  outcomes: endings(),
  called: first.newMessages,
  messages: agent.messages,
  resumed: seen.events.slice(asked),
});
