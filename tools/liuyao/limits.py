"""What no payload may be, whatever its fields: too deep, too large, not clean JSON."""

import json
import math
from collections.abc import Iterable
from typing import Any

from tools.liuyao.faults import Fault, Kind

MAX_BYTES = 4096
MAX_DEPTH = 4
MAX_INTEGER = 2**63 - 1

_TOO_DEEP = Fault("", f"Values may be nested at most {MAX_DEPTH} deep.", Kind.MALFORMED)
_BROKEN_NAME = Fault("", "Every name must be a string of valid Unicode.", Kind.LETTERS)
_NULL = Fault("", "This must not be null; leave it out instead.", Kind.WRONG_TYPE)
_TOO_LARGE = Fault("", "This number is too large.", Kind.TOO_LARGE, MAX_INTEGER)
_ENDLESS = Fault("", "This number must be finite.", Kind.MALFORMED)
_BROKEN_TEXT = Fault("", "This text has a lone surrogate.", Kind.LETTERS)
_NOT_JSON = Fault("", "This is not a JSON value.", Kind.WRONG_TYPE)


def pointer(*steps: str | int) -> str:
    """Return the JSON pointer (RFC 6901) that these steps make."""
    return "".join(f"/{_escaped(str(step))}" for step in steps)


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def first_fault(raw: Any) -> Fault | None:
    """Return the first thing that keeps a value from being read at all."""
    # The walk comes first: json.dumps itself fails on what the walk refuses.
    return _unclean(raw) or _oversize(raw)


def _unclean(raw: Any) -> Fault | None:
    # A stack of our own, as recursion would turn depth into a RecursionError.
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), raw)]
    while waiting:
        steps, value = waiting.pop()
        if fault := _fault(value, len(steps) + 1):
            return fault.at(pointer(*steps))
        waiting.extend(((*steps, step), child) for step, child in _inside(value))
    return None


def _inside(value: Any) -> Iterable[tuple[str | int, Any]]:
    match value:
        case dict():
            return value.items()
        case list():
            return enumerate(value)
        case _:
            return ()


def _fault(value: Any, depth: int) -> Fault | None:
    if isinstance(value, dict | list) and depth > MAX_DEPTH:
        return _TOO_DEEP
    if isinstance(value, dict) and not all(map(_is_clean_name, value)):
        return _BROKEN_NAME
    return _scalar_fault(value)


def _scalar_fault(value: Any) -> Fault | None:
    match value:
        case None:
            return _NULL
        case bool() | dict() | list():
            return None
        case int():
            return None if abs(value) <= MAX_INTEGER else _TOO_LARGE
        case float():
            return None if math.isfinite(value) else _ENDLESS
        case str():
            return None if _is_unicode(value) else _BROKEN_TEXT
        case _:
            return _NOT_JSON


def _is_clean_name(name: Any) -> bool:
    return isinstance(name, str) and _is_unicode(name)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _oversize(raw: Any) -> Fault | None:
    size = len(json.dumps(raw, ensure_ascii=False, separators=(",", ":")).encode())
    if size <= MAX_BYTES:
        return None
    sentence = f"The payload may take at most {MAX_BYTES} bytes; this one takes {size}."
    return Fault("", sentence, Kind.TOO_LARGE, MAX_BYTES)
