"""Payloads, casts and worked cases that the tests of liuyao start from."""

import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from tools.liuyao.cast import Cast
from tools.liuyao.faults import Kind
from tools.liuyao.payload import CastRefused, parse_cast
from tools.liuyao.vocabulary import Category, Method

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EXAMPLES: dict[str, Any] = json.loads(
    Path(__file__).with_name("examples.json").read_text(encoding="utf-8")
)
COINS = [[2, 2, 3], [3, 2, 2], [3, 3, 3], [2, 3, 2], [3, 3, 2], [2, 2, 3]]
# Every way to spoil one thing of a payload: the changes, the kind of the fault, and its limit.
WRONG: dict[str, tuple[dict[str, Any], Kind, float | None]] = {
    "too deep": ({"lines": [[[[7]]]]}, Kind.MALFORMED, None),
    "a broken name": ({"querent": {"\ud800": 1}}, Kind.LETTERS, None),
    "null": ({"question": None}, Kind.WRONG_TYPE, None),
    "a number beyond 64 bits": ({"version": 2**63}, Kind.TOO_LARGE, 2**63 - 1),
    "an endless number": ({"version": math.inf}, Kind.MALFORMED, None),
    "a broken text": ({"question": "\ud800"}, Kind.LETTERS, None),
    "over four KiB": ({"question": "问" * 1400}, Kind.TOO_LARGE, 4096),
    "no question": ({"question": ...}, Kind.MISSING, None),
    "a question of signs": ({"question": "?!"}, Kind.MISSING, None),
    "a question of controls": ({"question": "a\tb"}, Kind.LETTERS, None),
    "a question too long": ({"question": "问" * 501}, Kind.TOO_LONG, 500),
    "a number for a question": ({"question": 1}, Kind.WRONG_TYPE, None),
    "a stranger": ({"hexagram": 1}, Kind.UNKNOWN, None),
    "a version to come": ({"version": 2}, Kind.TOO_LARGE, 1),
    "a text for a truth": ({"trueSolarTime": "yes"}, Kind.WRONG_TYPE, None),
    "no such category": ({"category": "weather"}, Kind.NOT_OFFERED, None),
    "no such method": ({"method": "tea"}, Kind.NOT_OFFERED, None),
    "no such zone": ({"timezone": "Mars/Olympus"}, Kind.NOT_OFFERED, None),
    "too few lines": ({"lines": [7] * 5}, Kind.TOO_FEW, 6),
    "too many lines": ({"lines": [7] * 7}, Kind.TOO_MANY, 6),
    "a line too low": ({"lines": [7, 7, 5, 7, 7, 7]}, Kind.TOO_SMALL, 6),
    "a line too high": ({"lines": [7, 7, 10, 7, 7, 7]}, Kind.TOO_LARGE, 9),
    "no lines but a text": ({"lines": "777777"}, Kind.WRONG_TYPE, None),
    "a coin that is none": ({"coins": [[2, 4, 3], *COINS[1:]]}, Kind.TOO_LARGE, 3),
    "coins of other lines": ({"coins": [*COINS[:4], [2, 2, 2], COINS[5]]}, Kind.CONTRADICTS, None),
    "coins for stalks": ({"method": "yarrow", "coins": COINS}, Kind.CONTRADICTS, None),
    "numbers for coins": ({"numbers": [3, 8]}, Kind.CONTRADICTS, None),
    "no numbers": ({"method": "number"}, Kind.MISSING, None),
    "lines of other numbers": (
        {"method": "number", "numbers": [4, 8], "lines": [8, 8, 8, 7, 6, 7]},
        Kind.CONTRADICTS,
        None,
    ),
    "two moving lines": ({"method": "time", "lines": [9, 8, 8, 7, 8, 9]}, Kind.CONTRADICTS, None),
    "no moment": ({"castAt": "today"}, Kind.MALFORMED, None),
    "no such day": ({"castAt": "2026-02-30T12:00:00Z"}, Kind.MALFORMED, None),
    "no such offset": ({"castAt": "2026-03-14T12:00:00+24:00"}, Kind.MALFORMED, None),
    "another place's offset": ({"castAt": "2026-03-14T12:00:00+01:00"}, Kind.CONTRADICTS, None),
    "long ago": ({"castAt": "1900-03-14T12:00:00Z"}, Kind.OUT_OF_RANGE, None),
    "not come yet": ({"castAt": "2101-03-14T12:00:00Z"}, Kind.OUT_OF_RANGE, None),
    "solar time of nowhere": ({"trueSolarTime": True}, Kind.MISSING, None),
    "a place for nothing": ({"location": {"longitude": 116.4}}, Kind.CONTRADICTS, None),
    "off the globe": (
        {"trueSolarTime": True, "location": {"longitude": 181}},
        Kind.TOO_LARGE,
        180,
    ),
    "born before 1900": ({"querent": {"birthYear": 1899}}, Kind.TOO_SMALL, 1900),
    "born in years to come": ({"querent": {"birthYear": 2027}}, Kind.TOO_LARGE, NOW.year),
}


def payload(**changes: object) -> dict[str, object]:
    """Return a payload that is right in every respect but those changed; `...` leaves one out."""
    whole: dict[str, object] = {
        "version": 1,
        "question": "何时升职？",
        "category": "career",
        "method": "coins",
        "lines": [7, 7, 9, 7, 8, 7],
        "castAt": "2026-03-14T23:30:00+08:00",
        "timezone": "Asia/Shanghai",
        **changes,
    }
    return {key: value for key, value in whole.items() if value is not ...}


def read(**changes: object) -> Cast:
    """Read a payload as of NOW."""
    return parse_cast(payload(**changes), now=NOW)


def refusal(raw: object, *, now: datetime = NOW) -> dict[str, str]:
    """Return what is wrong with a payload, by pointer; nothing if it is read."""
    try:
        parse_cast(raw, now=now)
    except CastRefused as refused:
        return {fault.pointer: fault.sentence for fault in refused.errors}
    return {}


def pointers(**changes: object) -> list[str]:
    """Return where a changed payload is refused."""
    return sorted(refusal(payload(**changes)))


def cast_of(
    *lines: int,
    at: str = "2026-03-14T12:00:00+00:00",
    zone: str = "UTC",
    category: Category = Category.GENERAL,
    **more: Any,
) -> Cast:
    """Return a cast without going through a payload."""
    instant = datetime.fromisoformat(at).astimezone(UTC)
    return Cast("?!", category, Method.MANUAL, lines or (7,) * 6, instant, zone, **more)


def minutes(count: float) -> timedelta:
    """Return so many minutes."""
    return timedelta(minutes=count)


def seeded(seed: str | int) -> Random:
    """Return chance that is the same in every run."""
    return Random(seed)
