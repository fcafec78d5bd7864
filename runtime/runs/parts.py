"""The files in a message, as AG-UI's clients of any age write them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runtime.errors import Code, Flaw, Problem
from runtime.media.intake import unsupported
from runtime.media.names import clean_name
from runtime.media.types import Kind, kind_of

MOST_FILES = 4
# Under this name stands whatever we add to what AG-UI has.
VENDOR = "eryao"
KINDS = {kind.value: kind for kind in Kind}
SOURCES = ("url", "data", "file")
# What the retired `binary` part calls the same sources, the first that is there.
_BINARY = {"url": "url", "data": "data", "id": "file"}


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a message, not looked at yet."""

    kind: Kind
    source: str
    value: str = field(repr=False)
    name: str | None
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """One file of a message, the user's own and in order."""

    id: str
    path: str
    media_type: str
    name: str
    size: int
    # Of what came within the message, and is not stored before the run has passed every check.
    content: bytes | None = field(default=None, repr=False)

    def part(self) -> dict[str, Any]:
        """As it is stored with the message."""
        return {
            "type": kind_of(self.media_type).value,
            "id": self.id,
            "source": {"type": "file", "value": self.path, "mimeType": self.media_type},
            "metadata": {VENDOR: {"path": self.path, "name": self.name, "size": self.size}},
        }


Message = dict[str, Any]
# From a message as it is stored to the one that clients get.
Show = Callable[[Message], Message]


def as_stored(message: Message) -> Message:
    return message


def text_of(content: Any) -> str:
    """The written part of a stored message's content."""
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part["type"] == "text")


def has_files(messages: Sequence[Any]) -> bool:
    """Whether the new message may bring any: most do not."""
    last = messages[-1] if messages else None
    content = last.get("content") if isinstance(last, Mapping) else None
    return isinstance(content, list) and any(_kind_of_part(part) for part in content)


def parts_in(messages: Sequence[Any]) -> list[Part]:
    """The files of the last message; a part that nobody could use is passed over, as AG-UI asks."""
    pointer = f"/messages/{len(messages) - 1}/content"
    content = messages[-1]["content"]
    parts = [
        part
        for index, one in enumerate(content)
        if _kind_of_part(one) and (part := _part(one, f"{pointer}/{index}"))
    ]
    if len(parts) > MOST_FILES:
        text = f"A message has {MOST_FILES} files at most."
        raise Problem.at(Code.AGENT_ATTACHMENTS_TOO_MANY, pointer, text, Flaw.TOO_MANY, MOST_FILES)
    return parts


def _kind_of_part(part: Any) -> str | None:
    kind = part.get("type") if isinstance(part, Mapping) else None
    return kind if kind in {*KINDS, "binary", "video"} else None


def _part(part: Mapping[str, Any], pointer: str) -> Part | None:
    if part["type"] == "video":
        raise unsupported(pointer, "Nobody here can watch a video.")
    if part["type"] == "binary":
        return _binary(part, pointer)
    source = part.get("source")
    if not isinstance(source, Mapping):
        raise _invalid(f"{pointer}/source", "A file has a source.")
    if source.get("type") not in SOURCES:
        return None
    value = _text(source.get("value"), f"{pointer}/source/value")
    kind = KINDS[part["type"]]
    return Part(kind, source["type"], value, _name(part), f"{pointer}/source/value")


def _binary(part: Mapping[str, Any], pointer: str) -> Part | None:
    member = next((name for name in _BINARY if part.get(name) is not None), None)
    if member is None:
        raise _invalid(pointer, "A file has a url, data or an id.")
    mime = part.get("mimeType")
    family = kind_of(mime) if isinstance(mime, str) else Kind.DOCUMENT
    value = _text(part[member], f"{pointer}/{member}")
    return Part(family, _BINARY[member], value, _name(part), f"{pointer}/{member}")


def _name(part: Mapping[str, Any]) -> str | None:
    """What the client calls the file, wherever it says so."""
    metadata = part.get("metadata")
    places = (part, metadata if isinstance(metadata, Mapping) else {})
    names = (place.get(member) for place in places for member in ("filename", "name"))
    return next((clean_name(name) for name in names if isinstance(name, str) and name), None)


def _text(value: Any, pointer: str) -> str:
    if not isinstance(value, str) or not value:
        raise _invalid(pointer, "A file's source is a text.")
    return value


def _invalid(pointer: str, text: str) -> Problem:
    return Problem.at(Code.AGENT_RUN_MESSAGES_INVALID, pointer, text)
