"""Look up days in the almanac: their pillars, the end of the void, the terms that come next."""

import json
import re
from bisect import bisect_left
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from tools.base import ToolContext, tool
from tools.builtin.arguments import Arguments
from tools.builtin.conventions import boundary_of, timezone_of
from tools.liuyao.almanac import TERM_CODES, TERM_NAMES, TERM_STARTS
from tools.liuyao.clocks import instant_of, seconds_since_1970, zone
from tools.liuyao.cycle import BRANCHES, PILLARS, void
from tools.liuyao.pillars import pillars_of
from tools.liuyao.vocabulary import DayBoundary

# Well within the almanac, with room for the terms after the last day.
FIRST_DAY, LAST_DAY = date(1901, 1, 1), date(2101, 12, 31)
LEAST_TERMS = 2
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

BranchGlyph = Literal["子", "丑", "寅", "卯", "辰", "巳", "午", "未", "申", "酉", "戌", "亥"]


def _written(value: object) -> date:
    # Left to itself, a date is also read from a count of seconds, which here is a mistake.
    if not (isinstance(value, str) and _DATE.fullmatch(value)):
        raise ValueError("write a date as YYYY-MM-DD")
    return date.fromisoformat(value)


class LookUpCalendar(Arguments):
    start: Annotated[
        date,
        Field(alias="from", ge=FIRST_DAY, le=LAST_DAY, description="The first day."),
        BeforeValidator(_written),
    ]
    days: Annotated[int, Field(ge=1, le=90, description="How many days to look at.")]
    branch: Annotated[
        BranchGlyph | None, Field(description="Also list the next days of this branch.")
    ] = None


@tool()
async def look_up_calendar(ctx: ToolContext, args: LookUpCalendar) -> str:
    """Look up days in the almanac, to put dates to a reading (应期).

    Gives each day with its weekday and pillar, the branches void on the first day and the day on
    which that void ends, the next solar terms, and on demand the next days of a branch.
    """
    boundary = boundary_of(ctx)
    told: dict[str, object] = {
        "timezone": timezone_of(ctx),
        "dayBoundary": boundary.value,
        "days": [_day(args.start + timedelta(days=i)) for i in range(args.days)],
        "void": _void(args.start),
        "terms": _terms(args.start, args.days, zone(timezone_of(ctx)), boundary),
    }
    if args.branch is not None:
        told["branch"] = {"branch": args.branch, "days": _days_of(args.branch, args)}
    return json.dumps(told, ensure_ascii=False)


def _pillar(day: date) -> int:
    return (day.toordinal() + 14) % 60


def _day(day: date) -> str:
    return f"{day.isoformat()} {_WEEKDAYS[day.weekday()]} {PILLARS[_pillar(day)]}"


def _void(day: date) -> dict[str, object]:
    pillar = _pillar(day)
    ends = day + timedelta(days=10 - pillar % 10)
    return {"branches": [BRANCHES[branch] for branch in void(pillar)], "endsOn": _day(ends)}


def _days_of(branch: str, args: LookUpCalendar) -> list[str]:
    """Every day of a branch among those looked at, or the first one after them."""
    ahead = (BRANCHES.index(branch) - _pillar(args.start)) % 12
    return [
        _day(args.start + timedelta(days=i)) for i in range(ahead, max(args.days, ahead + 1), 12)
    ]


def _terms(
    start: date, days: int, clock: ZoneInfo, boundary: DayBoundary
) -> list[dict[str, object]]:
    """Every term that begins on these days, and at least the next two."""
    first = bisect_left(TERM_STARTS, _midnight(start, clock))
    after = bisect_left(TERM_STARTS, _midnight(start + timedelta(days=days), clock))
    return [_term(i, clock, boundary) for i in range(first, max(after, first + LEAST_TERMS))]


def _midnight(day: date, clock: ZoneInfo) -> int:
    return seconds_since_1970(datetime(day.year, day.month, day.day, tzinfo=clock))


def _term(index: int, clock: ZoneInfo, boundary: DayBoundary) -> dict[str, object]:
    begins = instant_of(TERM_STARTS[index]).astimezone(clock)
    told: dict[str, object] = {
        "name": TERM_NAMES[index % 24],
        "code": TERM_CODES[index % 24],
        "at": begins.isoformat(timespec="seconds"),
    }
    if index % 2 == 0:  # a 节, with which a month begins
        month = pillars_of(TERM_STARTS[index], begins, boundary).month
        told["opensMonth"] = PILLARS[month]
    return told
