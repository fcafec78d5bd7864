"""Days of the almanac, for the dates in a reading."""

from datetime import date, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lunar_python import Solar

from tests.tools.builtin.stage import call, chart, context, told
from tools.approval import Approval, CallState
from tools.builtin.calendar_days import FIRST_DAY, LAST_DAY, BranchGlyph, look_up_calendar
from tools.liuyao.cycle import BRANCHES
from tools.runner import OUTPUT_LIMIT, ArgumentsInvalid

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
BRANCH_GLYPHS = st.sampled_from(BRANCHES)
DAYS = st.dates(FIRST_DAY, LAST_DAY)
LENGTHS = st.integers(1, 90)


async def days_from(start: date, days: int = 1, **more: object) -> Any:
    """Return what the calendar says from a date on."""
    return await told(look_up_calendar, **{"from": start.isoformat(), "days": days}, **more)


def as_date(day: str) -> date:
    """Return the date in a row of the calendar."""
    return date.fromisoformat(day[:10])


async def test_each_day_has_its_date_weekday_and_pillar() -> None:
    answer = await days_from(date(1999, 12, 31), 3)

    assert answer["days"] == ["1999-12-31 Fri 丁巳", "2000-01-01 Sat 戊午", "2000-01-02 Sun 己未"]


@given(start=DAYS)
async def test_pillars_and_void_are_those_of_another_almanac(start: date) -> None:
    witness = Solar.fromYmd(start.year, start.month, start.day).getLunar()

    answer = await days_from(start)

    weekday = WEEKDAYS[start.weekday()]
    assert answer["days"] == [f"{start.isoformat()} {weekday} {witness.getDayInGanZhi()}"]
    assert "".join(answer["void"]["branches"]) == witness.getDayXunKong()


@given(start=DAYS)
async def test_the_void_ends_on_the_first_day_that_has_another(start: date) -> None:
    answer = await days_from(start)

    ends = as_date(answer["void"]["endsOn"])
    assert (await days_from(ends - timedelta(days=1)))["void"]["branches"] == (
        answer["void"]["branches"]
    )
    assert (await days_from(ends))["void"]["branches"] != answer["void"]["branches"]


@given(start=DAYS, days=LENGTHS, branch=BRANCH_GLYPHS)
async def test_the_days_of_a_branch_are_all_that_were_looked_at_or_else_the_next_one(
    start: date, days: int, branch: str
) -> None:
    answer = await days_from(start, days, branch=branch)

    within = [day for day in answer["days"] if day.endswith(branch)]
    listed = answer["branch"]["days"]
    assert listed[: len(within)] == within
    assert len(listed) == max(len(within), 1)
    assert listed[0].endswith(branch)
    assert as_date(listed[0]) - start < timedelta(days=12)


@given(start=DAYS, days=LENGTHS)
async def test_the_terms_are_those_of_these_days_and_at_least_the_next_two(
    start: date, days: int
) -> None:
    answer = await days_from(start, days)

    begins = [datetime.fromisoformat(term["at"]).date() for term in answer["terms"]]
    assert len(begins) >= 2
    assert begins == sorted(begins)
    assert start <= begins[0] <= start + timedelta(days=17)
    assert all(day < start + timedelta(days=days) for day in begins[2:])


@given(start=DAYS, branch=BRANCH_GLYPHS)
async def test_the_longest_answer_fits_into_a_tools_output(start: date, branch: str) -> None:
    arguments = {"from": start.isoformat(), "days": 90, "branch": branch}

    answer = await call(look_up_calendar, **arguments)

    assert answer.state is CallState.COMPLETED
    assert len(answer.content) < OUTPUT_LIMIT / 4


async def test_a_term_is_told_by_the_clock_of_the_querent() -> None:
    """立春 of 2025 began at 14:10:28 UTC, which is the day before or after for some."""
    new_york = context(timezone="America/New_York")
    arguments = {"from": "2025-02-03", "days": 1}

    assert (await told(look_up_calendar, **arguments))["terms"][0] == {
        "name": "立春",
        "code": "lichun",
        "at": "2025-02-03T22:10:28+08:00",
        "opensMonth": "戊寅",
    }
    there = await told(look_up_calendar, new_york, **arguments)
    assert there["timezone"] == "America/New_York"
    assert there["terms"][0]["at"] == "2025-02-03T09:10:28-05:00"


async def test_only_terms_that_open_a_month_name_one() -> None:
    terms = (await days_from(date(2026, 11, 20), 40))["terms"]

    assert [(term["name"], term.get("opensMonth")) for term in terms] == [
        ("小雪", None),
        ("大雪", "庚子"),
        ("冬至", None),
    ]


async def test_it_says_when_a_day_begins_and_follows_the_sessions_chart() -> None:
    """Schools differ, so the choice is named."""
    kept_from_midnight = context(derived=chart(dayBoundary="midnight"))
    arguments = {"from": "2026-11-20", "days": 1}

    assert (await told(look_up_calendar, **arguments))["dayBoundary"] == "zi"
    assert (await told(look_up_calendar, kept_from_midnight, **arguments))["dayBoundary"] == (
        "midnight"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "2026-02-30"},
        {"from": "1700006400"},
        {"from": "0"},
        {"from": 1700006400},
        {"from": "20261120"},
        {"from": "2026-11-20T00:00:00Z"},
        {"from": "２０２６-11-20"},
        {"from": "2026-11-20\n"},
        {"from": "1900-12-31"},
        {"from": "2102-01-01"},
        {"from": None},
        {"days": 0},
        {"days": 91},
        {"days": True},
        {"days": 7.0},
        {"days": None},
        {"branch": "甲"},
        {"branch": "子丑"},
        {"start": "2026-11-20"},
        {"timezone": "UTC"},
    ],
)
async def test_arguments_outside_their_bounds_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ArgumentsInvalid, match=f"^{next(iter(wrong))}: "):
        await call(look_up_calendar, **{"from": "2026-11-20", "days": 1, **wrong})


def test_it_knows_the_twelve_branches() -> None:
    assert "".join(get_args(BranchGlyph)) == BRANCHES


def test_it_asks_nobody_and_needs_nothing() -> None:
    assert look_up_calendar.approval is Approval.NEVER
    assert not look_up_calendar.needs
