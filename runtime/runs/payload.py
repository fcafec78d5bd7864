"""From AG-UI's RunAgentInput to what is asked for, refusing in the contract's order."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from runtime.errors import Code, FieldError, Flaw, Problem
from runtime.ids import is_uuid
from runtime.runs.frontend import FrontendTool, ToolMessage, check_names
from runtime.runs.input import ResumeEntry, RunInput
from runtime.runs.parts import Attached, Part, has_files, parts_in
from storage.sql.runs import RunKind
from tools.liuyao.cast import Cast
from tools.liuyao.faults import Fault
from tools.liuyao.payload import CastRefused, parse_cast

PAYLOAD = "/forwardedProps/divinationPayload"
TEXT_LIMIT = 4_000
MESSAGE_ID_LIMIT = 100
ANSWER_LIMIT = 16_384
MODES = {"divination": RunKind.DIVINATION, "follow_up": RunKind.FOLLOW_UP}
# Only the server speaks in these.
RESERVED_ROLES = frozenset({"system", "developer"})


@dataclass(frozen=True, slots=True)
class UserMessage:
    """The one new message of a run."""

    id: str
    text: str
    files: tuple[Attached, ...] = ()

    def meaning(self) -> list[Any]:
        files = [file.path for file in self.files]
        return [self.id, self.text, *([files] if files else [])]

    def body(self) -> dict[str, Any]:
        """As it is stored, in AG-UI's shape."""
        content: Any = self.text
        if self.files:
            said = [{"type": "text", "text": self.text}] if self.text else []
            content = [*said, *(file.part() for file in self.files)]
        return {"id": self.id, "role": "user", "content": content}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A run as it is asked for, past every check that needs no database."""

    session_id: str
    run_id: str
    kind: RunKind
    message: UserMessage | None
    cast: Cast | None
    resume: tuple[ResumeEntry, ...]
    # The client's answers to calls of its own tools.
    answers: tuple[ToolMessage, ...]
    tools: tuple[FrontendTool, ...]
    # What the client's shared state is like, so that the chart can be put into it.
    state_is_object: bool
    knows_chart: bool

    def digest(self) -> bytes:
        """Equal for two bodies that ask for the same, whatever else they echo."""
        meaning: dict[str, Any] = {
            "session": self.session_id,
            "kind": self.kind.value,
            "message": self.message.meaning() if self.message else None,
            "cast": self.cast.digest() if self.cast else None,
            "resume": [[entry.interrupt_id, entry.status, entry.payload] for entry in self.resume],
        }
        if self.answers:
            meaning["answers"] = [answer.body() for answer in self.answers]
        if self.tools:
            # They are told to the model; in which order does not matter to it.
            meaning["tools"] = sorted(self._tools(), key=lambda tool: str(tool["name"]))
        return sha256(json.dumps(meaning, sort_keys=True).encode()).digest()

    def stored(self) -> str:
        """What the worker needs to know of the input."""
        told = {"stateIsObject": self.state_is_object, "knowsChart": self.knows_chart}
        return json.dumps(told | ({"tools": self._tools()} if self.tools else {}))

    def _tools(self) -> list[dict[str, Any]]:
        return [tool.model_dump() for tool in self.tools]


def read_parts(body: RunInput, taken: Collection[str] = ()) -> list[Part]:
    """The files that the input brings, past every check that comes before them."""
    if not has_files(body.messages):
        return []
    opening = _open(body, taken)
    return parts_in(body.messages) if opening.message else []


def read_ask(
    body: RunInput,
    now: datetime,
    taken: Collection[str] = (),
    files: tuple[Attached, ...] = (),
) -> Ask:
    """What this input asks for, or the first refusal in the contract's order.

    `taken` are the names that a client's tools cannot have, `files` what became of its parts.
    """
    opening = _open(body, taken)
    kind, message = opening.kind, opening.message
    cast = _cast(opening.props, now) if kind is RunKind.DIVINATION else None
    state_is_object = body.state is None or isinstance(body.state, Mapping)
    return Ask(
        session_id=body.thread_id,
        run_id=body.run_id,
        kind=kind,
        message=replace(message, files=files) if message and files else message,
        cast=cast,
        resume=tuple(body.resume or ()),
        answers=tuple(_answers(body.messages)) if opening.answering else (),
        tools=tuple(body.tools or ()),
        state_is_object=state_is_object,
        knows_chart=isinstance(body.state, Mapping) and "divination_derived" in body.state,
    )


@dataclass(frozen=True, slots=True)
class _Opening:
    """An input as far as its messages."""

    props: Mapping[str, Any]
    kind: RunKind
    message: UserMessage | None
    answering: bool


def _open(body: RunInput, taken: Collection[str]) -> _Opening:
    if not body.resume and "messages" not in body.model_fields_set:
        text = "/messages: Field required"
        raise Problem.at(Code.AGENT_RUN_INPUT_INVALID, "/messages", text, Flaw.MISSING)
    check_names(body.tools or (), taken)
    if not is_uuid(body.thread_id):
        raise Problem(
            Code.AGENT_SESSION_ID_INVALID, "threadId must be a UUID in lower-case canonical form."
        )
    props = body.forwarded_props if isinstance(body.forwarded_props, Mapping) else {}
    answering = not body.resume and _role(body.messages[-1:]) == "tool"
    kind = _kind(body, props, answering=answering)
    return _Opening(props, kind, _message(body, kind), answering)


def continued(stored: str) -> str:
    """The stored input of a run that the server itself goes on with."""
    tools = json.loads(stored).get("tools")
    told = {"stateIsObject": True, "knowsChart": True}
    return json.dumps(told | ({"tools": tools} if tools else {}))


def _kind(body: RunInput, props: Mapping[str, Any], *, answering: bool) -> RunKind:
    mode = props.get("runtime_mode")
    goes_on = answering or bool(body.resume)
    if goes_on and mode is None:
        return RunKind.RESUME
    if not isinstance(mode, str) or mode not in MODES:
        raise Problem(
            Code.AGENT_RUNTIME_MODE_INVALID,
            "forwardedProps.runtime_mode must be divination or follow_up.",
        )
    return RunKind.RESUME if goes_on else MODES[mode]


def _role(last: Sequence[Any]) -> Any:
    return last[0].get("role") if last and isinstance(last[0], Mapping) else None


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


def _answers(messages: Sequence[Any]) -> list[ToolMessage]:
    """The tool messages that the input ends with; earlier ones are history."""
    first = len(messages)
    while first and _role(messages[first - 1 : first]) == "tool":
        first -= 1
    return [_answer(messages[index], index) for index in range(first, len(messages))]


def _answer(message: Mapping[str, Any], index: int) -> ToolMessage:
    pointer = f"/messages/{index}"
    call_id, error = message.get("toolCallId"), message.get("error")
    if not isinstance(call_id, str) or not 1 <= len(call_id) <= MESSAGE_ID_LIMIT:
        raise _messages_invalid(f"{pointer}/toolCallId", "An answer names the call it answers.")
    if error is not None and not isinstance(error, str):
        raise _messages_invalid(f"{pointer}/error", "An error is a text.")
    content = _text(message.get("content"), f"{pointer}/content")
    for member, text in (("content", content), ("error", error or "")):
        if len(text) > ANSWER_LIMIT:
            raise _messages_invalid(
                f"{pointer}/{member}", f"An answer has {ANSWER_LIMIT} characters at most."
            )
    return ToolMessage(index, _message_id(message, pointer), call_id, content, error or None)


def _message_id(message: Mapping[str, Any], pointer: str) -> str:
    message_id = message.get("id")
    if not isinstance(message_id, str) or not 1 <= len(message_id) <= MESSAGE_ID_LIMIT:
        raise _messages_invalid(f"{pointer}/id", "A message has an id of 1 to 100 characters.")
    return message_id


def _user_message(message: Any, pointer: str) -> UserMessage:
    if not isinstance(message, Mapping) or message.get("role") != "user":
        raise _messages_invalid(f"{pointer}/role", "The last message must be from the user.")
    message_id = _message_id(message, pointer)
    text = _text(message.get("content"), f"{pointer}/content").strip()
    # A picture alone says something too.
    if not text and not has_files([message]):
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
        errors = [_field_error(fault) for fault in refused.errors]
        raise Problem(
            Code.AGENT_PAYLOAD_INVALID, "The payload is no cast.", errors=errors
        ) from None


def _field_error(fault: Fault) -> FieldError:
    # A cast knows nothing of the server: its kinds are named alike, and a test holds them together.
    return FieldError(PAYLOAD + fault.pointer, fault.sentence, Flaw(fault.kind), fault.limit)


def in_payload(refused: Problem) -> Problem:
    """The same refusal; of a body whose only fault lies in the cast, as one of the cast."""
    if refused.errors and all(error.pointer.startswith(PAYLOAD) for error in refused.errors):
        return Problem(Code.AGENT_PAYLOAD_INVALID, refused.detail, errors=refused.errors)
    return refused


def _messages_invalid(pointer: str, message: str) -> Problem:
    return Problem.at(Code.AGENT_RUN_MESSAGES_INVALID, pointer, message)
