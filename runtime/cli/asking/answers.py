"""What a server may say: each answer is looked at here, before anybody relies on it."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

Event = dict[str, Any]
# What goes back to the server within an address or a header.
Id = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,200}$")]
LIMIT_BYTES = 1 << 20
# Controls of terminals, halves of letters, and marks that turn the order of writing round.
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


class Nonsense(Exception):
    """The server's answer is none that the contract knows."""


class Shape(BaseModel):
    """Only what is relied on; whatever else is said goes by."""

    model_config = ConfigDict(strict=True, alias_generator=to_camel)


class AnyEvent(Shape):
    type: str


class Text(Shape):
    delta: str


class Change(Shape):
    path: str
    value: Any = None


class Changes(Shape):
    delta: list[Change]


class Snapshot(Shape):
    snapshot: dict[str, Any]


class CallStarted(Shape):
    tool_call_id: str
    tool_call_name: str


class Told(Shape):
    tool_state: str


class OurMetadata(Shape):
    eryao: Told


class CallEnded(Shape):
    tool_call_id: str
    metadata: OurMetadata


class Failed(Shape):
    message: str
    code: str


class Outcome(Shape):
    type: str


class Finished(Shape):
    outcome: Outcome


class Fault(Shape):
    pointer: str
    message: str


class Problem(Shape):
    code: str = ""
    title: str = ""
    detail: str | None = None
    errors: list[Fault] = []


class Call(Shape):
    tool_call_id: Id
    state: str


class Calls(Shape):
    items: list[Call]


class Prompt(Shape):
    message: str = ""


class WaitingCall(Shape):
    tool_call_id: Id
    interrupt: Prompt
    arguments: dict[str, Any]


class Decided(Shape):
    run_id: Id


class _Identified(Shape):
    id: Id


_EVENTS: dict[str, type[Shape]] = {
    "TEXT_MESSAGE_CONTENT": Text,
    "STATE_DELTA": Changes,
    "STATE_SNAPSHOT": Snapshot,
    "TOOL_CALL_START": CallStarted,
    "TOOL_CALL_RESULT": CallEnded,
    "RUN_ERROR": Failed,
    "RUN_FINISHED": Finished,
}


def harmless(text: str) -> str:
    """Without what a terminal would obey instead of showing; lines and tabs stay."""
    return _HARMFUL.sub("", text)


def line_of(event: Event) -> str:
    """The whole event as JSON; what harms is spelled out, so that nothing of it is lost."""
    line = json.dumps(event, ensure_ascii=False)
    return _HARMFUL.sub(lambda found: f"\\u{ord(found[0]):04x}", line)


def object_of(text: bytes) -> Event:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise Nonsense("no JSON where JSON should be") from None
    if not isinstance(said, dict):
        raise Nonsense("no object where one should be")
    return said


def checked(shape: type[Shape], said: Event) -> Event:
    """What was said, if it has the shape."""
    try:
        shape.model_validate(said)
    except ValidationError as wrong:
        fault = wrong.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, fault["loc"]))
        raise Nonsense(f"{where}: {fault['msg'].lower()}") from None
    return said


def frames(lines: Iterable[bytes]) -> Iterator[tuple[str, Event]]:
    """The events of a stream, each with its id; a torn one at the end is none."""
    event_id, data = b"", b""
    for line in lines:
        if line.startswith(b"id: "):
            event_id = line.removeprefix(b"id: ")
        elif line.startswith(b"data: "):
            data = line.removeprefix(b"data: ")
        elif not line and data:
            yield _id(event_id), _event(data)
            event_id, data = b"", b""


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Whole lines; one without an end is not waited for."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line.removesuffix(b"\r") for line in whole)
        if len(rest) > LIMIT_BYTES:
            raise Nonsense("an event that does not end")


def body(chunks: Iterable[bytes]) -> bytes:
    whole = bytearray()
    for chunk in chunks:
        whole += chunk
        if len(whole) > LIMIT_BYTES:
            raise Nonsense("an answer that does not end")
    return bytes(whole)


def _event(data: bytes) -> Event:
    said = checked(AnyEvent, object_of(data))
    return checked(_EVENTS.get(said["type"], AnyEvent), said)


def _id(raw: bytes) -> str:
    event_id = raw.decode(errors="replace")
    return str(checked(_Identified, {"id": event_id})["id"]) if event_id else ""
