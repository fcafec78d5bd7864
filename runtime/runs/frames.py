"""An event as the bytes that the log keeps and every client gets: `id`, `data`, an empty line."""

import json
import re
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Any

import pydantic_core

EVENT_STREAM = "text/event-stream"
# Some line readers split on these inside JSON, where JSON itself allows them.
_SEPARATORS = {"\u0085": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}
# For what the quick encoder refuses; one for all, as json.dumps would make one for each event.
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_EVENT_ID = re.compile(r"([a-z2-7]{8})-([1-9][0-9]{0,14})")


def event_id(tag: str, number: int) -> str:
    return f"{tag}-{number}"


def parse_event_id(text: str) -> tuple[str, int] | None:
    """(tag, number), or None for what no server of ours has sent."""
    match = _EVENT_ID.fullmatch(text)
    return (match[1], int(match[2])) if match else None


def quoted(text: str) -> str:
    """A JSON string; quick where it is plain ASCII, as most of a stream is."""
    literal: str = encode_basestring(text)
    return literal if literal.isascii() else _on_one_line(literal)


def to_json(value: Any) -> str:
    """JSON on one line, with nothing that could end a line early."""
    try:
        literal = pydantic_core.to_json(value, inf_nan_mode="null").decode()
    except pydantic_core.PydanticSerializationError:  # half of a surrogate pair
        literal = _json(value)
    return literal if literal.isascii() else _on_one_line(literal)


def _on_one_line(literal: str) -> str:
    # Looking costs next to nothing; str.translate goes through every letter of a Chinese text.
    for separator, escaped in _SEPARATORS.items():
        if separator in literal:
            literal = literal.replace(separator, escaped)
    return literal


def frame(tag: str, number: int, event: Mapping[str, Any]) -> bytes:
    return encoded(f"id: {tag}-{number}\ndata: {to_json(event)}\n\n")


def encoded(text: str) -> bytes:
    """UTF-8; half of a surrogate pair, as a cut model stream may hold, becomes a question mark."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace")


def offset_after(frames: bytes, tag: str, number: int) -> int:
    """Where the frame after `number` begins in a whole log; its end if there is none."""
    if number == 0:
        return 0
    # A frame's first line cannot occur inside JSON, which holds no line breaks.
    mark = frames.find(f"\nid: {tag}-{number + 1}\n".encode())
    return len(frames) if mark < 0 else mark + 1


def events_of(frames: bytes) -> list[tuple[str, dict[str, Any]]]:
    """(id, event) of each frame: for compaction, snapshots, audits and tests, not the hot path."""
    return [_event_of(block) for block in frames.split(b"\n\n") if block]


def _event_of(block: bytes) -> tuple[str, dict[str, Any]]:
    head, _, data = block.partition(b"\n")
    return head.removeprefix(b"id: ").decode(), json.loads(data.removeprefix(b"data: "))
