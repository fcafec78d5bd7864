"""AG-UI's rules for a stream, read from the protocol and not from our server.

The official client checks only some of them: it does not mind a missing ending, foreign ids, an
undeclared version or a call that nobody answers. These do.
"""

from collections.abc import Iterable, Mapping
from typing import Any

Event = Mapping[str, Any]

TERMINAL = {"RUN_FINISHED", "RUN_ERROR"}
# opening event → (what is opened, the member that names it)
OPENS = {
    "TEXT_MESSAGE_START": ("message", "messageId"),
    "TOOL_CALL_START": ("call", "toolCallId"),
    "REASONING_START": ("span", "messageId"),
    "REASONING_MESSAGE_START": ("thought", "messageId"),
}
CONTINUES = {
    "TEXT_MESSAGE_CONTENT": ("message", "messageId"),
    "TOOL_CALL_ARGS": ("call", "toolCallId"),
    "REASONING_MESSAGE_CONTENT": ("thought", "messageId"),
}
CLOSES = {
    "TEXT_MESSAGE_END": ("message", "messageId"),
    "TOOL_CALL_END": ("call", "toolCallId"),
    "REASONING_END": ("span", "messageId"),
    "REASONING_MESSAGE_END": ("thought", "messageId"),
}


def violations(events: Iterable[Event], *, earlier: Iterable[str] = ()) -> list[str]:
    """What is wrong with one run's stream; `earlier` are calls that runs before it left open."""
    checker = _Checker(set(earlier))
    for event in events:
        checker.take(event)
    return checker.verdict()


class _Checker:
    def __init__(self, earlier: set[str]) -> None:
        self._wrong: list[str] = []
        self._started: Event | None = None
        self._ending: Event | None = None
        self._open: set[tuple[str, str]] = set()
        self._asked: set[str] = set()
        self._unanswered = set(earlier)
        self._minted: dict[str, str] = {}

    def take(self, event: Event) -> None:
        kind = event["type"]
        if self._ending is not None:
            self._say(f"{kind} after the ending")
        if kind == "RUN_STARTED":
            self._start(event)
        elif self._started is None:
            self._say(f"{kind} before RUN_STARTED")
        self._nest(kind, event)
        self._mint(kind, event)
        if kind == "TOOL_CALL_RESULT":
            self._answer(event["toolCallId"])
        if kind in TERMINAL:
            self._end(kind, event)

    def verdict(self) -> list[str]:
        if self._ending is None:
            self._say("no ending")
        return self._wrong

    def _say(self, wrong: str) -> None:
        self._wrong.append(wrong)

    def _start(self, event: Event) -> None:
        if self._started is not None:
            self._say("a second RUN_STARTED")
        if event.get("protocolVersion") != "1.0":
            self._say("no protocolVersion")
        self._started = event

    def _nest(self, kind: str, event: Event) -> None:
        if item := _item(OPENS, kind, event):
            if item in self._open:
                self._say(f"{kind} of an open {item[0]}")
            self._open.add(item)
        if (item := _item(CONTINUES, kind, event)) and item not in self._open:
            self._say(f"{kind} of a closed {item[0]}")
        if item := _item(CLOSES, kind, event):
            if item not in self._open:
                self._say(f"{kind} of a closed {item[0]}")
            self._open.discard(item)

    def _mint(self, kind: str, event: Event) -> None:
        """A message's id is its own: no other message, of whatever role, may have it."""
        if kind == "TOOL_CALL_START":
            self._asked.add(event["toolCallId"])
            self._unanswered.add(event["toolCallId"])
            self._own(event["parentMessageId"], "assistant")
        elif kind in {"TEXT_MESSAGE_START", "REASONING_MESSAGE_START"}:
            self._own(event["messageId"], event["role"])
        elif kind == "TOOL_CALL_RESULT":
            if event["messageId"] in self._minted:
                self._say("a result under the id of another message")
            self._own(event["messageId"], "tool")
        elif kind == "ACTIVITY_SNAPSHOT":
            self._own(event["messageId"], "activity")

    def _own(self, message_id: str, role: str) -> None:
        if self._minted.setdefault(message_id, role) != role:
            self._say(f"one id for messages of two roles, {role} the second")

    def _answer(self, call_id: str) -> None:
        if call_id not in self._unanswered:
            self._say("a result for a call that is not open")
        if ("call", call_id) in self._open:
            self._say("a result before the end of its call")
        self._unanswered.discard(call_id)

    def _end(self, kind: str, event: Event) -> None:
        self._ending = event
        if kind == "RUN_ERROR":
            return
        if self._open:
            self._say(f"left open: {sorted(what for what, _ in self._open)}")
        for name in ("threadId", "runId"):
            if self._started is not None and event[name] != self._started[name]:
                self._say(f"{name} is not echoed")
        self._judge(event)

    def _judge(self, event: Event) -> None:
        outcome = event.get("outcome", {"type": "success"})
        interrupts = outcome.get("interrupts", [])
        match outcome["type"]:
            case "success":
                named = set(outcome.get("pendingToolCallIds", []))
                if self._unanswered - named:
                    self._say("a success that leaves a call unanswered")
                if "interrupts" in outcome:
                    self._say("a success with interrupts")
            case "interrupt":
                self._judge_interrupts(interrupts)
        if outcome["type"] != "success" and "result" in event:
            self._say(f"a result of a run that is {outcome['type']}")

    def _judge_interrupts(self, interrupts: list[Event]) -> None:
        ids = [interrupt["id"] for interrupt in interrupts]
        if not ids or len(set(ids)) != len(ids):
            self._say("no interrupts, or two of one id")
        if self._asked & self._unanswered - {entry.get("toolCallId") for entry in interrupts}:
            self._say("a waiting call without an interrupt")
        if not all("expiresAt" in interrupt for interrupt in interrupts):
            self._say("an interrupt that blocks its thread for ever")


def _item(table: Mapping[str, tuple[str, str]], kind: str, event: Event) -> tuple[str, str] | None:
    what, name = table.get(kind, ("", ""))
    return (what, event[name]) if what else None
