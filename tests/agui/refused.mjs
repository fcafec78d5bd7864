// What the server refuses before a run begins rejects the call, with the problem in its payload.
import { ask, complaints, task, tell, watched } from "./journey.mjs";

async function refusal({ mode, token = task.token, url = task.url }) {
  const { agent, seen } = watched({ base: url, headers: { Authorization: `Bearer ${token}` } });
  const error = await ask(agent, "say 2", { mode }).then(() => null, (thrown) => thrown);
  return {
    status: error?.status,
    problem: JSON.parse(error?.payload ?? "null"),
    told: seen.failures.length,
    events: seen.events.length,
  };
}

const refusals = {};
for (const [name, way] of Object.entries(task.ways)) refusals[name] = await refusal(way);

// A rejected run is the one thing that the client itself reports on the console, once for each.
const reports = complaints.filter((said) => said.startsWith("error: Agent execution failed: "));
complaints.splice(0, complaints.length, ...complaints.filter((said) => !reports.includes(said)));

await tell({ refusals, reports: reports.length });
