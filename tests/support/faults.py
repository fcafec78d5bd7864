"""Every fault that a run's body can have by itself, in the order in which they are answered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.api import CAST, Body

Change = Callable[[dict[str, Any]], None]
ONE_LINE = {**CAST, "lines": [7]}


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a request, and what it is answered with."""

    name: str
    code: str
    pointer: str | None
    spoil: Change
    status: int = 422
    # The members that it spoils: two faults of one member cannot be had together.
    touches: frozenset[str] = field(default_factory=frozenset)


def put(*path: str | int, value: Any) -> Change:
    def change(body: dict[str, Any]) -> None:
        node: Any = body
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = value

    return change


def drop(*path: str) -> Change:
    def change(body: dict[str, Any]) -> None:
        node: Any = body
        for step in path[:-1]:
            node = node[step]
        node.pop(path[-1], None)

    return change


def fault(name: str, code: str, pointer: str | None, spoil: Change, touches: str) -> Fault:
    return Fault(name, code, pointer, spoil, touches=frozenset(touches.split()))


LONG = "x" * 4_001
HELLO = {"type": "text", "text": "hello"}


def file(url: str) -> dict[str, Any]:
    return {"type": "image", "source": {"type": "url", "value": url}}


# In the contract's order; within a stage, one of its faults stands for all in the pairs below.
STAGES: list[list[Fault]] = [
    [
        fault("no run id", "AGENT_RUN_INPUT_INVALID", "/runId", drop("runId"), "run"),
        fault("odd run id", "AGENT_RUN_INPUT_INVALID", "/runId", put("runId", value="r-1"), "run"),
        fault("no thread", "AGENT_RUN_INPUT_INVALID", "/threadId", drop("threadId"), "thread"),
        fault(
            "messages as a text",
            "AGENT_RUN_INPUT_INVALID",
            "/messages",
            put("messages", value="hello"),
            "messages",
        ),
        fault(
            "messages left out",
            "AGENT_RUN_INPUT_INVALID",
            "/messages",
            drop("messages"),
            "messages",
        ),
        fault(
            "a context without words",
            "AGENT_RUN_INPUT_INVALID",
            "/context/0",
            put("context", value=[{"description": "the app"}]),
            "context",
        ),
    ],
    [
        fault("odd thread", "AGENT_SESSION_ID_INVALID", None, put("threadId", value="t"), "thread"),
        fault(
            "upper-case thread",
            "AGENT_SESSION_ID_INVALID",
            None,
            put("threadId", value="0B6E3F52-3E6C-4A54-9E0C-6D5D6E1F7A10"),
            "thread",
        ),
    ],
    [
        fault(
            "unknown mode",
            "AGENT_RUNTIME_MODE_INVALID",
            None,
            put("forwardedProps", "runtime_mode", value="nap"),
            "mode",
        ),
        fault(
            "no mode",
            "AGENT_RUNTIME_MODE_INVALID",
            None,
            drop("forwardedProps", "runtime_mode"),
            "mode",
        ),
        fault(
            "no props", "AGENT_RUNTIME_MODE_INVALID", None, drop("forwardedProps"), "mode payload"
        ),
    ],
    [
        fault(
            "an empty message",
            "AGENT_RUN_MESSAGES_INVALID",
            "/messages/0/content",
            put("messages", 0, "content", value=" \n"),
            "messages",
        ),
        fault(
            "no messages",
            "AGENT_RUN_MESSAGES_INVALID",
            "/messages",
            put("messages", value=[]),
            "messages",
        ),
        fault(
            "a long message",
            "AGENT_RUN_MESSAGES_INVALID",
            "/messages/0/content",
            put("messages", 0, "content", value=LONG),
            "messages",
        ),
        fault(
            "the assistant's message last",
            "AGENT_RUN_MESSAGES_INVALID",
            "/messages/0/role",
            put("messages", 0, "role", value="assistant"),
            "messages",
        ),
        fault(
            "a message as the system",
            "AGENT_RUN_MESSAGES_INVALID",
            "/messages/0/role",
            put("messages", 0, "role", value="system"),
            "messages",
        ),
        fault(
            "a message as the developer",
            "AGENT_RUN_MESSAGES_INVALID",
            "/messages/0/role",
            put("messages", 0, "role", value="developer"),
            "messages",
        ),
        fault(
            "a message without an id",
            "AGENT_RUN_MESSAGES_INVALID",
            "/messages/0/id",
            drop("messages", 0, "id"),  # type: ignore[arg-type]
            "messages",
        ),
    ],
    [
        fault(
            "five files",
            "AGENT_ATTACHMENTS_TOO_MANY",
            "/messages/0/content",
            put("messages", 0, "content", value=[HELLO, *[file("x")] * 5]),
            "messages",
        ),
        fault(
            "a file of a stranger",
            "INVALID_BINARY_URL_HOST",
            "/messages/0/content/1/source/value",
            put("messages", 0, "content", value=[HELLO, file("https://evil.example/x")]),
            "messages",
        ),
    ],
    [
        fault(
            "no cast",
            "AGENT_DIVINATION_PAYLOAD_REQUIRED",
            None,
            drop("forwardedProps", "divinationPayload"),
            "payload",
        ),
        fault(
            "a cast of one line",
            "AGENT_PAYLOAD_INVALID",
            "/forwardedProps/divinationPayload/lines",
            put("forwardedProps", "divinationPayload", value=ONE_LINE),
            "payload",
        ),
        fault(
            "a cast as a text",
            "AGENT_PAYLOAD_INVALID",
            "/forwardedProps/divinationPayload",
            put("forwardedProps", "divinationPayload", value="six lines"),
            "payload",
        ),
    ],
]
ALL = [fault for stage in STAGES for fault in stage]
PAIRS = [
    (early, late)
    for number, stage in enumerate(STAGES)
    for early in stage
    for later in STAGES[number + 1 :]
    for late in later
    if not early.touches & late.touches
]


def spoiled(*faults: Fault) -> dict[str, Any]:
    """A body with these faults; later ones first, as an early one may remove what they touch."""
    body = Body().json()
    body["forwardedProps"] = dict(body["forwardedProps"])
    for fault in reversed(faults):
        fault.spoil(body)
    return body
