"""Writes what a run does to its log, as AG-UI events in a sequence that every client accepts."""

from collections.abc import Mapping, Sequence
from typing import Any

from runtime.agent.models.base import ToolRequest, Usage
from runtime.clock import Clock
from runtime.ids import Ids
from runtime.runs.frames import encoded, frame, quoted
from runtime.runs.parts import VENDOR, Show, as_stored
from runtime.runs.usage import usage_members
from storage.events.base import LogWriter

PROTOCOL_VERSION = "1.0"
APPROVAL_ACTIVITY = f"{VENDOR}.tool-approval"
SUGGESTIONS = f"{VENDOR}.suggestions"
# A run that says more than this is not answering any more.
LOG_LIMIT = 8 * 1024 * 1024

Event = dict[str, Any]


class RunTooLarge(Exception):
    """The log of one run has outgrown its limit."""


class Journal:
    """One run's events in order. Whatever is open when the run ends is closed first."""

    def __init__(
        self,
        writer: LogWriter,
        *,
        session_id: str,
        run_id: str,
        tag: str,
        clock: Clock,
        ids: Ids,
        join_deltas: bool = False,
    ) -> None:
        self._writer = writer
        self._session_id = session_id
        self._run_id = run_id
        self._tag = tag
        self._clock = clock
        self._ids = ids
        self._next = writer.last + 1
        self._size = 0
        self._join = join_deltas
        self._turn_id = ""
        self._turn_open = False
        self._text: list[str] = []
        self._unjoined: list[str] = []
        self._text_head = ""
        self._text_open = False
        self._thought_id = ""
        self._open_calls: list[str] = []
        # What the session keeps of this run, in AG-UI's message shape.
        self.messages: list[Event] = []
        self.showed_text = False
        # When the model must have said its next word, and whether it has since the last look.
        self._deadline: float | None = None
        self._heard = False
        self.first_token_seconds = self.silence_seconds = float("inf")
        self.show: Show = as_stored

    # --- the run's frame --------------------------------------------------------------------

    def started(self, *, parent_run_id: str | None = None) -> None:
        event = {"type": "RUN_STARTED", "threadId": self._session_id, "runId": self._run_id}
        if parent_run_id:
            event["parentRunId"] = parent_run_id
        self._write(event | {"protocolVersion": PROTOCOL_VERSION} | self._now())

    def state(self, key: str, value: Any, *, onto_object: bool) -> None:
        """Set one key of the shared state; the whole of it where the client's is no object."""
        if onto_object:
            operation = {"op": "add", "path": f"/{key}", "value": value}
            self._write({"type": "STATE_DELTA", "delta": [operation]})
        else:
            self._write({"type": "STATE_SNAPSHOT", "snapshot": {key: value}})

    def snapshots(self, state: Mapping[str, Any], messages: Sequence[Event]) -> None:
        """Restate what is known, so that any client can take the run up from here."""
        self._write({"type": "STATE_SNAPSHOT", "snapshot": dict(state)})
        self._write({"type": "MESSAGES_SNAPSHOT", "messages": [self.show(m) for m in messages]})

    # --- what the model says (Recorder) -----------------------------------------------------

    def begin_turn(self) -> None:
        self._turn_id = self._ids.new()
        self._text = []
        self._turn_open = True
        self._deadline = self._clock.monotonic() + self.first_token_seconds
        self._heard = False

    def text(self, delta: str) -> None:
        if not delta:
            return
        if not self._text_open:
            self._open_text()
        self._text.append(delta)
        if self._join:
            self._unjoined.append(delta)
        else:
            self._write_text(delta)

    def thought(self, delta: str) -> None:
        if not delta:
            return
        if not self._thought_id:
            self._close_text()
            self._thought_id = self._ids.new()
            self._write({"type": "REASONING_START", "messageId": self._thought_id})
            self._write(self._reasoning("REASONING_MESSAGE_START") | {"role": "reasoning"})
        self._write(self._reasoning("REASONING_MESSAGE_CONTENT") | {"delta": delta})

    def call_begun(self, name: str) -> str:
        self._close_text()
        self._close_thought()
        call_id = self._ids.new()
        self._open_calls.append(call_id)
        start = {"type": "TOOL_CALL_START", "toolCallId": call_id, "toolCallName": name}
        self._write(start | {"parentMessageId": self._turn_id})
        return call_id

    def call_arguments(self, call_id: str, delta: str) -> None:
        if delta:
            self._write({"type": "TOOL_CALL_ARGS", "toolCallId": call_id, "delta": delta})

    def end_turn(self, calls: Sequence[ToolRequest]) -> None:
        self._close_all()
        self._turn_open = False
        self._deadline = None
        self._heard = False
        if not self._text and not calls:
            return
        message: Event = {"id": self._turn_id, "role": "assistant", "content": "".join(self._text)}
        if calls:
            message["toolCalls"] = [tool_call(call) for call in calls]
        self.messages.append(message)

    def heard(self) -> bool:
        self._heard = True
        if self._unjoined:
            self._join_text()
        return self._writer.crowded

    def watch(self, now: float) -> bool:
        """Note what was heard since the last look; True where the next word is owed too long."""
        if self._heard:
            self._heard = False
            self._deadline = now + self.silence_seconds
        return self._deadline is not None and now > self._deadline

    async def durable(self) -> None:
        await self._writer.durable()

    def suggest(self, questions: Sequence[str]) -> None:
        """Offer what to ask next: in the stream, and with the answer for whoever comes later."""
        value = {"questions": list(questions)}
        self._write({"type": "CUSTOM", "name": SUGGESTIONS, "value": value})
        answer = next(said for said in reversed(self.messages) if said["role"] == "assistant")
        answer["metadata"] = {VENDOR: {"suggestions": list(questions)}}

    # --- tools ------------------------------------------------------------------------------

    def tool_result(self, call_id: str, content: str, state: str) -> None:
        message_id = self._ids.new()
        metadata = {VENDOR: {"toolState": state}}
        result = {"messageId": message_id, "toolCallId": call_id, "content": content}
        event = {"type": "TOOL_CALL_RESULT"} | result
        self._write(event | {"role": "tool", "metadata": metadata})
        message: Event = {"id": message_id, "role": "tool", "content": content}
        message |= {"toolCallId": call_id, "metadata": metadata}
        if state != "completed":
            message["error"] = content
        self.messages.append(message)

    def awaits_approval(self, call_id: str, content: Mapping[str, Any]) -> None:
        """A card in the place of the call, for clients that do not know interrupts."""
        event = {"type": "ACTIVITY_SNAPSHOT", "messageId": f"approval-{call_id}"}
        self._write(event | {"activityType": APPROVAL_ACTIVITY, "content": dict(content)})

    def approval_settled(self, call_id: str, state: str) -> None:
        patch = [{"op": "add", "path": "/state", "value": state}]
        event = {"type": "ACTIVITY_DELTA", "messageId": f"approval-{call_id}"}
        self._write(event | {"activityType": APPROVAL_ACTIVITY, "patch": patch})

    # --- endings: the final frame is made here and written by the settlement ------------------

    def succeeded(
        self, *, result: Any, usage: Sequence[Usage], pending: Sequence[str] = ()
    ) -> bytes:
        """`pending` are the calls that the client itself must carry out."""
        outcome: Event = {"type": "success"}
        if pending:
            outcome["pendingToolCallIds"] = list(pending)
        return self._finished(outcome, usage, result)

    def interrupted(self, interrupts: Sequence[Event], usage: Sequence[Usage]) -> bytes:
        return self._finished({"type": "interrupt", "interrupts": list(interrupts)}, usage)

    def cancelled(self) -> bytes:
        self._keep_unfinished_turn()
        return self._finished({"type": "cancelled"}, ())

    def failed(self, code: str, message: str) -> bytes:
        """RUN_ERROR closes what is open by itself, so it is possible in any state of the log."""
        self._keep_unfinished_turn()
        event = {"type": "RUN_ERROR", "message": message, "code": code}
        return frame(self._tag, self._next, event | self._now())

    @property
    def events(self) -> int:
        """How many events the log will have once its final frame is in."""
        return self._next

    # --- within -----------------------------------------------------------------------------

    def _finished(self, outcome: Event, usage: Sequence[Usage], result: Any | None = None) -> bytes:
        self._close_all()
        event: Event = {"type": "RUN_FINISHED", "threadId": self._session_id}
        event |= {"runId": self._run_id, "outcome": outcome}
        if result is not None:
            event["result"] = result
        if counted := usage_members(usage):
            event["usage"] = counted
        return frame(self._tag, self._next, event | self._now())

    def _keep_unfinished_turn(self) -> None:
        """What was shown of a half answer stays in the history."""
        if self._turn_open and self._text:
            content = "".join(self._text)
            self.messages.append({"id": self._turn_id, "role": "assistant", "content": content})

    def _open_text(self) -> None:
        self._close_thought()
        self._text_open = True
        self.showed_text = True
        message_id = quoted(self._turn_id)
        self._text_head = (
            f'\ndata: {{"type":"TEXT_MESSAGE_CONTENT","messageId":{message_id},"delta":'
        )
        start = {"type": "TEXT_MESSAGE_START", "messageId": self._turn_id, "role": "assistant"}
        self._write(start)

    def _join_text(self) -> None:
        joined, self._unjoined = "".join(self._unjoined), []
        self._write_text(joined)

    def _write_text(self, delta: str) -> None:
        # The hot path: one format, one encode, no dictionary.
        number = self._next
        self._append(encoded(f"id: {self._tag}-{number}{self._text_head}{quoted(delta)}}}\n\n"))

    def _write(self, event: Event) -> None:
        self._append(frame(self._tag, self._next, event))

    def _append(self, ready: bytes) -> None:
        self._size += len(ready)
        if self._size > LOG_LIMIT:
            raise RunTooLarge
        self._writer.append(ready)
        self._next += 1

    def _close_all(self) -> None:
        self._close_text()
        self._close_thought()
        for call_id in self._open_calls:
            self._write({"type": "TOOL_CALL_END", "toolCallId": call_id})
        self._open_calls = []

    def _close_text(self) -> None:
        if self._text_open:
            if self._unjoined:
                self._join_text()
            self._text_open = False
            self._write({"type": "TEXT_MESSAGE_END", "messageId": self._turn_id})

    def _close_thought(self) -> None:
        if self._thought_id:
            self._write(self._reasoning("REASONING_MESSAGE_END"))
            self._write({"type": "REASONING_END", "messageId": self._thought_id})
            self._thought_id = ""

    def _reasoning(self, kind: str) -> Event:
        return {"type": kind, "messageId": self._thought_id}

    def _now(self) -> Event:
        return {"timestamp": int(self._clock.now().timestamp() * 1000)}


def tool_call(call: ToolRequest) -> Event:
    """A call as AG-UI's assistant message has it."""
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.call_id, "type": "function", "function": function}
