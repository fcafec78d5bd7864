"""Payloads, casts and worked cases that the tests of liuyao start from."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from tools.liuyao.cast import Cast
from tools.liuyao.payload import CastRefused, parse_cast
from tools.liuyao.vocabulary import Category, Method

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EXAMPLES: dict[str, Any] = json.loads(
    Path(__file__).with_name("examples.json").read_text(encoding="utf-8")
)


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
        return dict(refused.errors)
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
