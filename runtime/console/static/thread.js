// A session as it is told by events: pure, so that the same events always give the same reading.

export class Thread {
  constructor(id) {
    this.id = id;
    this.title = "";
    this.chart = null;
    this.items = []; // {kind: user | text | thought | call, id, …} in the order they came
    this.interrupts = [];
    this.runId = null; // the run that was told of last
    this.outcome = null; // success | interrupt | cancelled | error
    this.error = null;
    this.limit = null;
    this.used = null;
    this.runs = [];
    this.suggestions = []; // what may be asked next
  }

  // What the server keeps of the session, for a page that was not there.
  restore(detail) {
    this.title = detail.title;
    this.chart = detail.state?.divination_derived ?? null;
    this.interrupts = detail.interrupts;
    this.limit = detail.limit;
    this.used = detail.used;
    this.runs = detail.runs;
    for (const message of detail.messages) this.message(message);
    const last = detail.runs.at(-1);
    if (!last) return;
    this.runId = last.runId;
    this.outcome = OUTCOMES[last.status] ?? null;
    this.error = last.error ? { ...last.error, refunded: last.refunded } : null;
  }

  user(id, text, files = []) {
    this.items.push({ kind: "user", id, text, files });
  }

  apply(event) {
    const take = TAKES[event.type];
    if (take) take(this, event);
  }

  item(kind, id) {
    return this.items.find((item) => item.kind === kind && item.id === id);
  }

  need(kind, id, members = {}) {
    let item = this.item(kind, id);
    if (!item) {
      item = { kind, id, text: "", done: false, ...members };
      this.items.push(item);
    }
    return item;
  }

  // A whole message: from the history, or from a snapshot, which may tell what we know already.
  message(message) {
    const text = textOf(message.content);
    if (message.role === "user" && !this.item("user", message.id)) this.user(message.id, text, filesOf(message.content));
    if (message.role === "assistant") {
      this.suggestions = message.metadata?.eryao?.suggestions ?? [];
      if (text) Object.assign(this.need("text", message.id), { text, done: true });
      for (const call of message.toolCalls ?? []) this.whole(call);
    }
    if (message.role === "reasoning") Object.assign(this.need("thought", message.id), { text, done: true });
    if (message.role === "tool") this.result({ ...message, content: text });
  }

  whole(call) {
    const item = this.need("call", call.id, { name: call.function.name, state: "called" });
    Object.assign(item, { args: call.function.arguments, done: true });
  }

  result({ toolCallId, content, error, metadata }) {
    const call = this.need("call", toolCallId, { name: "", state: "called", args: "" });
    call.result = content;
    call.state = metadata?.eryao?.toolState ?? (error ? "failed" : "completed");
    this.interrupts = this.interrupts.filter((open) => open.toolCallId !== toolCallId);
  }
}

const OUTCOMES = {
  succeeded: "success",
  interrupted: "interrupt",
  cancelled: "cancelled",
  failed: "error",
};

const TAKES = {
  RUN_STARTED(thread, event) {
    thread.runId = event.runId;
    thread.outcome = null;
    thread.error = null;
    thread.interrupts = [];
    thread.suggestions = [];
  },
  STATE_SNAPSHOT(thread, { snapshot }) {
    thread.chart = snapshot?.divination_derived ?? thread.chart;
  },
  STATE_DELTA(thread, { delta }) {
    for (const { op, path, value } of delta) {
      if (path === "/divination_derived" && op !== "remove") thread.chart = value;
    }
  },
  // A beginning is told from its first word on, whatever was known of it.
  TEXT_MESSAGE_START(thread, { messageId }) {
    Object.assign(thread.need("text", messageId), { text: "", done: false });
  },
  TEXT_MESSAGE_CONTENT(thread, { messageId, delta }) {
    thread.need("text", messageId).text += delta;
  },
  TEXT_MESSAGE_END(thread, { messageId }) {
    thread.need("text", messageId).done = true;
  },
  REASONING_MESSAGE_START(thread, { messageId }) {
    Object.assign(thread.need("thought", messageId), { text: "", done: false });
  },
  REASONING_MESSAGE_CONTENT(thread, { messageId, delta }) {
    thread.need("thought", messageId).text += delta;
  },
  REASONING_MESSAGE_END(thread, { messageId }) {
    thread.need("thought", messageId).done = true;
  },
  TOOL_CALL_START(thread, { toolCallId, toolCallName }) {
    const call = thread.need("call", toolCallId);
    Object.assign(call, { name: toolCallName, args: "", state: "called" });
  },
  TOOL_CALL_ARGS(thread, { toolCallId, delta }) {
    thread.need("call", toolCallId).args += delta;
  },
  TOOL_CALL_END(thread, { toolCallId }) {
    thread.need("call", toolCallId).done = true;
  },
  TOOL_CALL_RESULT(thread, event) {
    thread.result(event);
  },
  ACTIVITY_SNAPSHOT(thread, { activityType, content }) {
    if (activityType === "eryao.tool-approval") thread.need("call", content.toolCallId).state = "waiting";
  },
  MESSAGES_SNAPSHOT(thread, { messages }) {
    for (const message of messages) thread.message(message);
  },
  CUSTOM(thread, { name, value }) {
    if (name === "eryao.suggestions") thread.suggestions = value.questions;
  },
  RUN_FINISHED(thread, { outcome }) {
    thread.outcome = outcome?.type ?? "success";
    thread.interrupts = outcome?.interrupts ?? [];
  },
  RUN_ERROR(thread, { code, message }) {
    thread.outcome = "error";
    thread.error = { code, message, refunded: true };
  },
};

function textOf(content) {
  if (typeof content === "string") return content;
  return (content ?? []).filter((part) => part.type === "text").map((part) => part.text).join("\n");
}

// Those of a message's parts that are files, under an address that shows them for a while.
function filesOf(content) {
  if (typeof content === "string") return [];
  return (content ?? [])
    .filter((part) => part.source?.type === "url")
    .map(({ source, metadata }) => ({ url: source.value, mimeType: source.mimeType, ...metadata?.eryao }));
}
