"""Charts to read, made by the engine itself."""

import json
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from tools.liuyao.derive import derive
from tools.liuyao.payload import parse_cast
from tools.liuyao.vocabulary import Category

CATEGORIES = tuple(category.value for category in Category)
CHINESE = ("zh-Hans", "zh-Hant")
QUESTIONS = {
    "zh-Hans": "这件事能不能成？",
    "zh-Hant": "這件事能不能成？",
    "en": "Will it come about?",
}
# Every number of moving lines, and of three those with and those without the first.
MOVING = (
    (),
    (1,),
    (6,),
    (2, 5),
    (1, 3, 5),
    (4, 5, 6),
    (2, 3, 4, 6),
    (1, 2, 3, 4, 6),
    (1, 2, 3, 4, 5, 6),
)
MOMENTS = (
    "2026-03-14T23:30:00+08:00",
    "2024-02-04T16:28:00+08:00",
    "2025-11-03T10:00:00+08:00",
    "2019-07-21T02:00:00+08:00",
    "2023-09-30T12:00:00+08:00",
)


def cast_lines(bits: int, moving: tuple[int, ...]) -> list[int]:
    """The values of six lines, bit 0 the lowest, of which some move."""
    young, old = (8, 7), (6, 9)
    return [(old if i + 1 in moving else young)[bits >> i & 1] for i in range(6)]


def chart(
    lines: list[int],
    category: str = "general",
    *,
    at: str = MOMENTS[0],
    timezone: str = "Asia/Shanghai",
    gender: str | None = None,
    day_boundary: str = "zi",
) -> dict[str, Any]:
    """The document the engine derives from a cast."""
    payload = {
        "version": 1,
        "question": "?!a",
        "category": category,
        "method": "manual",
        "lines": lines,
        "castAt": at,
        "timezone": timezone,
        "dayBoundary": day_boundary,
        "querent": {"gender": gender} if gender else {},
    }
    return derive(parse_cast(payload, now=datetime(2026, 11, 21, tzinfo=UTC)))


def book() -> list[dict[str, Any]]:
    """The 64 hexagrams as they stand in the file."""
    text = files("tools.liuyao").joinpath("zhouyi.json").read_text("utf-8")
    hexagrams: list[dict[str, Any]] = json.loads(text)["hexagrams"]
    return hexagrams
