"""The rules find what they are there to find: a good stream, broken in every way there is."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.agui.rules import violations

Events = list[dict[str, Any]]


def stream() -> Events:
    """A stream with a thought, a text, a call that is answered and one that waits."""
    waiting = {"id": "int-c2", "reason": "tool_call", "toolCallId": "c2", "expiresAt": "2026"}
    return [
        event("RUN_STARTED", threadId="t", runId="r", protocolVersion="1.0"),
        event("REASONING_START", messageId="m1"),
        event("REASONING_MESSAGE_START", messageId="m1", role="reasoning"),
        event("REASONING_MESSAGE_CONTENT", messageId="m1", delta="Hm."),
        event("REASONING_MESSAGE_END", messageId="m1"),
        event("REASONING_END", messageId="m1"),
        event("TEXT_MESSAGE_START", messageId="m2", role="assistant"),
        event("TEXT_MESSAGE_CONTENT", messageId="m2", delta="Well."),
        event("TEXT_MESSAGE_END", messageId="m2"),
        event("TOOL_CALL_START", toolCallId="c1", toolCallName="a", parentMessageId="m2"),
        event("TOOL_CALL_ARGS", toolCallId="c1", delta="{}"),
        event("TOOL_CALL_END", toolCallId="c1"),
        event("TOOL_CALL_START", toolCallId="c2", toolCallName="b", parentMessageId="m2"),
        event("TOOL_CALL_END", toolCallId="c2"),
        event("TOOL_CALL_RESULT", toolCallId="c1", messageId="m3", role="tool", content="1"),
        event("TOOL_CALL_RESULT", toolCallId="c0", messageId="m4", role="tool", content="0"),
        event("ACTIVITY_SNAPSHOT", messageId="m5", activityType="x", content={}),
        event(
            "RUN_FINISHED",
            threadId="t",
            runId="r",
            outcome={"type": "interrupt", "interrupts": [waiting]},
        ),
    ]


def event(kind: str, **members: Any) -> dict[str, Any]:
    return {"type": kind, **members}


def without(kind: str) -> Callable[[Events], Events]:
    return lambda events: [event for event in events if event["type"] != kind]


def twice(kind: str) -> Callable[[Events], Events]:
    return lambda events: [
        event for event in events for _ in range(1 + (event["type"] == kind)) if event
    ]


def changed(kind: str, **members: Any) -> Callable[[Events], Events]:
    return lambda events: [event | members if event["type"] == kind else event for event in events]


def bare(events: Events) -> Events:
    return [{k: v for k, v in event.items() if k != "protocolVersion"} for event in events]


def late(events: Events) -> Events:
    return [*events, {"type": "STATE_SNAPSHOT", "snapshot": {}}]


def early(events: Events) -> Events:
    """The result of c1 before its call has ended."""
    result = next(event for event in events if event.get("messageId") == "m3")
    place = next(n for n, event in enumerate(events) if event["type"] == "TOOL_CALL_ARGS")
    return [*events[:place], result, *(event for event in events[place:] if event != result)]


def interrupted(*interrupts: dict[str, str]) -> Callable[[Events], Events]:
    outcome = {"type": "interrupt", "interrupts": list(interrupts)}
    return changed("RUN_FINISHED", outcome=outcome)


C2 = {"id": "int-c2", "reason": "tool_call", "toolCallId": "c2", "expiresAt": "2026"}
BREAKS: dict[str, tuple[Callable[[Events], Events], str]] = {
    "cut off": (without("RUN_FINISHED"), "no ending"),
    "two endings": (twice("RUN_FINISHED"), "RUN_FINISHED after the ending"),
    "something after it": (late, "STATE_SNAPSHOT after the ending"),
    "a tail": (without("RUN_STARTED"), "REASONING_START before RUN_STARTED"),
    "begun twice": (twice("RUN_STARTED"), "a second RUN_STARTED"),
    "undeclared": (bare, "no protocolVersion"),
    "foreign run": (changed("RUN_FINISHED", runId="s"), "runId is not echoed"),
    "foreign thread": (changed("RUN_FINISHED", threadId="s"), "threadId is not echoed"),
    "text unopened": (without("TEXT_MESSAGE_START"), "TEXT_MESSAGE_CONTENT of a closed message"),
    "text opened twice": (twice("TEXT_MESSAGE_START"), "TEXT_MESSAGE_START of an open message"),
    "text left open": (without("TEXT_MESSAGE_END"), "left open: ['message']"),
    "text closed twice": (twice("TEXT_MESSAGE_END"), "TEXT_MESSAGE_END of a closed message"),
    "thought unopened": (
        without("REASONING_MESSAGE_START"),
        "REASONING_MESSAGE_CONTENT of a closed thought",
    ),
    "thought left open": (without("REASONING_MESSAGE_END"), "left open: ['thought']"),
    "span left open": (without("REASONING_END"), "left open: ['span']"),
    "span unopened": (without("REASONING_START"), "REASONING_END of a closed span"),
    "calls left open": (without("TOOL_CALL_END"), "left open: ['call', 'call']"),
    "calls unopened": (without("TOOL_CALL_START"), "TOOL_CALL_ARGS of a closed call"),
    "answered early": (early, "a result before the end of its call"),
    "answered twice": (twice("TOOL_CALL_RESULT"), "a result for a call that is not open"),
    "one id twice": (
        changed("TOOL_CALL_RESULT", messageId="m2"),
        "a result under the id of another message",
    ),
    "one id, two roles": (
        changed("ACTIVITY_SNAPSHOT", messageId="m1"),
        "one id for messages of two roles, activity the second",
    ),
    "unanswered": (
        changed("RUN_FINISHED", outcome={"type": "success"}),
        "a success that leaves a call unanswered",
    ),
    "success that asks": (
        changed("RUN_FINISHED", outcome={"type": "success", "interrupts": [C2]}),
        "a success with interrupts",
    ),
    "asks nothing": (interrupted(), "no interrupts, or two of one id"),
    "asks twice": (interrupted(C2, C2), "no interrupts, or two of one id"),
    "asks for another": (
        interrupted(C2 | {"toolCallId": "c1"}),
        "a waiting call without an interrupt",
    ),
    "asks for ever": (
        interrupted({"id": "int-c2", "toolCallId": "c2"}),
        "an interrupt that blocks its thread for ever",
    ),
    "waits and has a result": (
        changed("RUN_FINISHED", result={}),
        "a result of a run that is interrupt",
    ),
}


def test_a_good_stream_breaks_no_rule() -> None:
    assert violations(stream(), earlier=["c0"]) == []


def test_an_error_may_end_anything() -> None:
    broken_off = [*stream()[:8], event("RUN_ERROR", message="No.", code="NO")]

    assert violations(broken_off) == []


@pytest.mark.parametrize(("harm", "found"), BREAKS.values(), ids=BREAKS.keys())
def test_every_break_is_found(harm: Callable[[Events], Events], found: str) -> None:
    assert found in violations(harm(stream()), earlier=["c0"])
