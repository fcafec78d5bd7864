"""From AG-UI's RunAgentInput to what is asked for, refusing in the contract's order."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from pydantic import Field

from runtime.errors import Code, FieldError, Problem
from runtime.ids import is_uuid
from runtime.web.parsing import Id, Wire
from storage.sql.runs import RunKind
from tools.liuyao.cast import Cast
from tools.liuyao.payload import CastRefused, parse_cast

PAYLOAD = "/forwardedProps/divinationPayload"
TEXT_LIMIT = 4_000
MESSAGE_ID_LIMIT = 100
MESSAGES_LIMIT = 1_000
MODES = {"divination": RunKind.DIVINATION, "follow_up": RunKind.FOLLOW_UP}
# Only the server speaks in these.
RESERVED_ROLES = frozenset({"system", "developer"})


class ResumeEntry(Wire):
    """The answer to one interrupt."""

    interrupt_id: str = Field(max_length=200)
    status: Literal["resolved", "cancelled"]
    payload: Any = None


class RunInput(Wire):
    """AG-UI's RunAgentInput; members that we do not know are ignored, as the protocol asks."""

    thread_id: str
    run_id: Id
    messages: list[Any] = Field(default_factory=list, max_length=MESSAGES_LIMIT)
    forwarded_props: Any = None
    protocol_version: str | None = None
    parent_run_id: str | None = None
    state: Any = None
    tools: list[Any] | None = None
    context: list[Any] | None = None
    resume: list[ResumeEntry] | None = Field(default=None, max_length=64)


@dataclass(frozen=True, slots=True)
class UserMessage:
    """The one new message of a run."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A run as it is asked for, past every check that needs no database."""

    session_id: str
    run_id: str
    kind: RunKind
    message: UserMessage | None
    cast: Cast | None
    resume: tuple[ResumeEntry, ...]
    # What the client's shared state is like, so that the chart can be put into it.
    state_is_object: bool
    knows_chart: bool

    def digest(self) -> bytes:
        """Equal for two bodies that ask for the same, whatever else they echo."""
        meaning = {
            "session": self.session_id,
            "kind": self.kind.value,
            "message": [self.message.id, self.message.text] if self.message else None,
            "cast": self.cast.digest() if self.cast else None,
            "resume": [[entry.interrupt_id, entry.status, entry.payload] for entry in self.resume],
        }
        return sha256(json.dumps(meaning, sort_keys=True).encode()).digest()

    def stored(self) -> str:
        """What the worker needs to know of the input."""
        return json.dumps({"stateIsObject": self.state_is_object, "knowsChart": self.knows_chart})


def read_ask(body: RunInput, now: datetime) -> Ask:
    """What this input asks for, or the first refusal in the contract's order."""
    if not is_uuid(body.thread_id):
        raise Problem(
            Code.AGENT_SESSION_ID_INVALID, "threadId must be a UUID in lower-case canonical form."
        )
    props = body.forwarded_props if isinstance(body.forwarded_props, Mapping) else {}
    kind = _kind(body, props)
    message = _message(body, kind)
    cast = _cast(props, now) if kind is RunKind.DIVINATION else None
    state_is_object = body.state is None or isinstance(body.state, Mapping)
    return Ask(
        session_id=body.thread_id,
        run_id=body.run_id,
        kind=kind,
        message=message,
        cast=cast,
        resume=tuple(body.resume or ()),
        state_is_object=state_is_object,
        knows_chart=isinstance(body.state, Mapping) and "divination_derived" in body.state,
    )


def _kind(body: RunInput, props: Mapping[str, Any]) -> RunKind:
    mode = props.get("runtime_mode")
    if body.resume and mode is None:
        return RunKind.RESUME
    if not isinstance(mode, str) or mode not in MODES:
        raise Problem(
            Code.AGENT_RUNTIME_MODE_INVALID,
            "forwardedProps.runtime_mode must be divination or follow_up.",
        )
    return RunKind.RESUME if body.resume else MODES[mode]


def _message(body: RunInput, kind: RunKind) -> UserMessage | None:
    for index, message in enumerate(body.messages):
        role = message.get("role") if isinstance(message, Mapping) else None
        if role in RESERVED_ROLES:
            raise _messages_invalid(f"/messages/{index}/role", f"No message may speak as {role}.")
    if kind is RunKind.RESUME:
        return None
    if not body.messages:
        raise _messages_invalid("/messages", "A run needs a message from the user.")
    return _user_message(body.messages[-1], f"/messages/{len(body.messages) - 1}")


def _user_message(message: Any, pointer: str) -> UserMessage:
    if not isinstance(message, Mapping) or message.get("role") != "user":
        raise _messages_invalid(f"{pointer}/role", "The last message must be from the user.")
    message_id = message.get("id")
    if not isinstance(message_id, str) or not 1 <= len(message_id) <= MESSAGE_ID_LIMIT:
        raise _messages_invalid(f"{pointer}/id", "A message has an id of 1 to 100 characters.")
    text = _text(message.get("content"), f"{pointer}/content").strip()
    if not text:
        raise _messages_invalid(f"{pointer}/content", "The message says nothing.")
    if len(text) > TEXT_LIMIT:
        raise _messages_invalid(
            f"{pointer}/content", f"The message is over {TEXT_LIMIT} characters."
        )
    return UserMessage(message_id, text)


def _text(content: Any, pointer: str) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise _messages_invalid(pointer, "A message's content is a text or a list of parts.")
    return "\n".join(_text_parts(content, pointer))


def _text_parts(parts: Sequence[Any], pointer: str) -> list[str]:
    """The texts among the parts; a part that we cannot use does not fail the run."""
    texts = []
    for index, part in enumerate(parts):
        if isinstance(part, Mapping) and part.get("type") == "text":
            text = part.get("text")
            if not isinstance(text, str):
                raise _messages_invalid(f"{pointer}/{index}/text", "A text part has a text.")
            texts.append(text)
    return texts


def _cast(props: Mapping[str, Any], now: datetime) -> Cast:
    payload = props.get("divinationPayload")
    if payload is None:
        raise Problem(
            Code.AGENT_DIVINATION_PAYLOAD_REQUIRED,
            "A divination needs the cast in forwardedProps.divinationPayload.",
        )
    try:
        return parse_cast(payload, now=now)
    except CastRefused as refused:
        errors = [FieldError(PAYLOAD + pointer, text) for pointer, text in refused.errors]
        raise Problem(
            Code.AGENT_PAYLOAD_INVALID, "The payload is no cast.", errors=errors
        ) from None


def _messages_invalid(pointer: str, message: str) -> Problem:
    return Problem(Code.AGENT_RUN_MESSAGES_INVALID, message, errors=[FieldError(pointer, message)])
