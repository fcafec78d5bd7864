"""Dates: each bears the branch it is named for, and lies ahead."""

from datetime import date, timedelta

from tests.tools.liuyao_reading.casts import CATEGORIES, MOMENTS, MOVING, cast_lines, chart
from tools.liuyao.reading.branches import clash_of
from tools.liuyao.reading.chart import Chart, pillar_of
from tools.liuyao.reading.focus import focus_of
from tools.liuyao.reading.timing import day_of, month_ends, month_of, void_ends, windows


def views() -> list[Chart]:
    return [
        Chart.read(
            chart(
                cast_lines(bits, MOVING[bits % len(MOVING)]),
                CATEGORIES[bits % len(CATEGORIES)],
                at=MOMENTS[bits % len(MOMENTS)],
            )
        )
        for bits in range(64)
    ]


def test_every_window_names_days_of_its_branch_after_the_cast() -> None:
    """But two: a break ends with its month, and a void line may be woken by its clash before."""
    seen = set()
    for view in views():
        found = windows(view, focus_of(view, view.focus))

        assert 1 <= len(found) <= 2
        for window in found:
            seen.add(window.key)
            assert view.today < window.first <= view.today + timedelta(days=62)
            if window.key == "break":
                assert (window.first, window.second) == (month_ends(view), None)
                continue
            assert pillar_of(window.first)[1] == window.branch
            if window.second is not None and window.key == "void":
                assert pillar_of(window.second)[1] == clash_of(window.branch)
                assert view.today < window.second < void_ends(view) <= window.first
            elif window.key != "void":
                assert window.second == window.first + timedelta(days=12)
    assert seen >= {"void", "break", "hidden", "tomb", "met", "own"}


def test_a_void_focus_is_told_of_the_day_that_fills_it() -> None:
    """甲子 decade: 戌 and 亥 are void, and the days after its end are 甲戌 and 乙亥."""
    view = Chart.read(chart([7, 7, 7, 7, 7, 7], "general", at="2025-11-03T10:00:00+08:00"))
    assert view.pillars["day"] == "丙子"

    assert void_ends(view) == date(2025, 11, 11)
    assert pillar_of(void_ends(view)) == "甲申"
    assert view.empty == ("申", "酉")


def test_no_day_is_named_in_the_month_that_breaks_the_focus() -> None:
    """睽之未济 in the 酉 month: 官鬼 卯 is broken until 寒露, so its own day is the one after."""
    view = Chart.read(chart([9, 7, 8, 7, 8, 7], "career", at="2026-09-16T15:20:00+08:00"))
    broken, own = windows(view, focus_of(view, view.focus))

    assert (broken.key, broken.first) == ("break", date(2026, 10, 8))
    assert (own.key, own.branch, own.first) == ("own", "卯", date(2026, 10, 8))


def test_after_eleven_at_night_days_are_counted_from_the_next() -> None:
    view = Chart.read(chart([7, 7, 9, 7, 8, 7], at="2026-03-14T23:30:00+08:00"))

    assert view.today == date(2026, 3, 15)
    assert day_of(view, "子") == date(2026, 3, 27)
    assert day_of(view, "丑") == date(2026, 3, 16)


def test_months_begin_with_their_solar_terms() -> None:
    """清明 2026 is on 5 April in China, 立夏 on 5 May; the next 卯 month is a year off."""
    view = Chart.read(chart([7, 7, 9, 7, 8, 7], at="2026-03-14T23:30:00+08:00"))

    assert month_ends(view) == date(2026, 4, 5)
    assert month_of(view, "巳") == date(2026, 5, 5)
    assert month_of(view, "卯") == date(2027, 3, 6)
