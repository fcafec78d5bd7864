"""What no payload may be, whatever its fields: too deep, too large, not clean JSON."""

import json
import math
from collections.abc import Iterable
from typing import Any

Fault = tuple[str, str]  # a JSON pointer and a sentence

MAX_BYTES = 4096
MAX_DEPTH = 4
MAX_INTEGER = 2**63 - 1


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
            return pointer(*steps), fault
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


def _fault(value: Any, depth: int) -> str | None:
    if isinstance(value, dict | list) and depth > MAX_DEPTH:
        return f"Values may be nested at most {MAX_DEPTH} deep."
    if isinstance(value, dict) and not all(map(_is_clean_name, value)):
        return "Every name must be a string of valid Unicode."
    return _scalar_fault(value)


def _scalar_fault(value: Any) -> str | None:
    match value:
        case None:
            return "This must not be null; leave it out instead."
        case bool() | dict() | list():
            return None
        case int():
            return None if abs(value) <= MAX_INTEGER else "This number is too large."
        case float():
            return None if math.isfinite(value) else "This number must be finite."
        case str():
            return None if _is_unicode(value) else "This text has a lone surrogate."
        case _:
            return "This is not a JSON value."


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
    return "", f"The payload may take at most {MAX_BYTES} bytes; this one takes {size}."
