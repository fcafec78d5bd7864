// A reading with the official AG-UI client: `SERVER=… TOKEN=… tsx reading.ts "Will it go well?"`
import { HttpAgent } from "@ag-ui/client";
import { randomUUID } from "node:crypto";
import { resumingFetch } from "./resuming-fetch.js";

const server = process.env.SERVER ?? "http://127.0.0.1:8000";
const question = process.argv[2];
const agent = new HttpAgent({
  url: `${server}/api/v1/agent/runs`,
  headers: { Authorization: `Bearer ${process.env.TOKEN}` },
  threadId: randomUUID(),
  fetch: resumingFetch(), // the whole of what a client does about lost connections
});
agent.subscribe({ onTextMessageContentEvent: ({ event }) => void process.stdout.write(event.delta) });

const divinationPayload = {
  question,
  category: "general",
  method: "manual",
  lines: [7, 8, 9, 7, 7, 6], // thrown by the user, the lowest line first
  castAt: new Date().toISOString(),
  timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  locale: "en",
};
agent.addMessage({ id: randomUUID(), role: "user", content: question });
await agent.runAgent({ forwardedProps: { runtime_mode: "divination", divinationPayload } });

// A tool that asks first ends the run with interrupts; the answer is the next run's `resume`.
while (agent.pendingInterrupts.length > 0) {
  for (const interrupt of agent.pendingInterrupts) console.error(interrupt.message);
  const resume = agent.pendingInterrupts.map(({ id }) => {
    return { interruptId: id, status: "resolved" as const, payload: { approved: true } };
  });
  await agent.runAgent({ resume });
}
