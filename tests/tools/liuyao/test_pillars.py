"""The pillars are those of two other programs, and follow the instant where they must."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.tools.liuyao import witnesses
from tests.tools.liuyao.samples import seeded
from tests.tools.liuyao.witnesses import FourPillars, china_wall
from tools.liuyao.almanac import TERM_STARTS
from tools.liuyao.clocks import seconds_since_1970
from tools.liuyao.cycle import PILLARS
from tools.liuyao.pillars import is_near_term, pillars_of
from tools.liuyao.vocabulary import DayBoundary

ZI, MIDNIGHT = DayBoundary.ZI, DayBoundary.MIDNIGHT
MONTH_STARTS = TERM_STARTS[24:-24:2]  # 1900 to 2101


def own(second: int, wall: datetime, boundary: DayBoundary) -> FourPillars:
    found = pillars_of(second, wall, boundary)
    return PILLARS[found.year], PILLARS[found.month], PILLARS[found.day], PILLARS[found.hour]


def in_china(seconds: Iterable[int], boundary: DayBoundary) -> list[FourPillars]:
    return [own(second, china_wall(second), boundary) for second in seconds]


def test_both_sides_of_every_month_boundary_agree_with_lunar_python() -> None:
    seconds = [start + by for start in MONTH_STARTS for by in (-1, 0)]

    expected = [witnesses.lunar_python_pillars(china_wall(second), ZI) for second in seconds]

    assert in_china(seconds, ZI) == expected


def test_month_boundaries_agree_with_tyme4py() -> None:
    """Each boundary on one side, the sides in turn: the witness is slow."""
    seconds = [start - i % 2 for i, start in enumerate(MONTH_STARTS)]

    expected = [witnesses.tyme4py_pillars(china_wall(second), ZI) for second in seconds]

    assert in_china(seconds, ZI) == expected


@pytest.mark.parametrize("boundary", [ZI, MIDNIGHT])
def test_any_moment_agrees_with_both_witnesses(boundary: DayBoundary) -> None:
    chance = seeded(f"any {boundary}")
    seconds = sorted(chance.sample(range(MONTH_STARTS[0], MONTH_STARTS[-1]), 800))
    walls = [china_wall(second) for second in seconds]

    found = in_china(seconds, boundary)

    assert found == [witnesses.lunar_python_pillars(wall, boundary) for wall in walls]
    assert found[::4] == [witnesses.tyme4py_pillars(wall, boundary) for wall in walls[::4]]


@pytest.mark.parametrize("boundary", [ZI, MIDNIGHT])
def test_the_end_of_a_day_agrees_with_both_witnesses(boundary: DayBoundary) -> None:
    chance = seeded(f"night {boundary}")
    days = sorted(chance.sample(range(-25_000, 47_000), 80))
    nights = [-3601, -3600, -3599, -1, 0, 1, 3600]  # about 23:00, 0:00 and 1:00
    seconds = [day * 86400 - 8 * 3600 + by for day in days for by in nights]
    walls = [china_wall(second) for second in seconds]

    found = in_china(seconds, boundary)

    assert found == [witnesses.lunar_python_pillars(wall, boundary) for wall in walls]
    assert found[::5] == [witnesses.tyme4py_pillars(wall, boundary) for wall in walls[::5]]


@pytest.mark.parametrize(
    "zone",
    [
        "Pacific/Kiritimati",
        "Pacific/Pago_Pago",
        "America/New_York",
        "Asia/Kathmandu",
        "Africa/Monrovia",
    ],
)
def test_far_from_china_a_month_still_changes_at_the_instant(zone: str) -> None:
    """Year and month are those of Beijing's clock, day and hour those of the one on the wall."""
    chance = seeded(zone)
    hours = (-19, -8, -1, 0, 1, 8, 19)
    starts = sorted(chance.sample(MONTH_STARTS, 20))
    seconds = [start + hour * 3600 - 1 for start in starts for hour in hours]

    for second in seconds:
        local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)).astimezone(
            ZoneInfo(zone)
        )
        year, month, _, _ = witnesses.lunar_python_pillars(china_wall(second), ZI)
        _, _, day, hour = witnesses.lunar_python_pillars(local, ZI)

        assert own(second, local, ZI) == (year, month, day, hour)


@pytest.mark.parametrize(
    ("local", "expected"), [("09:00", ("甲辰", "丁丑")), ("09:20", ("乙巳", "戊寅"))]
)
def test_the_year_turned_in_new_york_at_ten_past_nine(
    local: str, expected: tuple[str, str]
) -> None:
    wall = datetime.fromisoformat(f"2025-02-03T{local}:00-05:00")

    assert own(seconds_since_1970(wall), wall, ZI)[:2] == expected


def test_the_first_of_january_2000_is_wu_wu() -> None:
    wall = datetime(2000, 1, 1, 12, tzinfo=UTC)

    assert own(seconds_since_1970(wall), wall, MIDNIGHT)[2] == "戊午"


def test_the_day_boundary_moves_the_day_and_never_the_hour() -> None:
    wall = datetime(2026, 3, 14, 23, 30, tzinfo=witnesses.CHINA)
    second = seconds_since_1970(wall)

    assert own(second, wall, ZI)[2:] == ("戊子", "壬子")
    assert own(second, wall, MIDNIGHT)[2:] == ("丁亥", "壬子")


def test_two_minutes_from_a_term_are_near_it() -> None:
    start = MONTH_STARTS[700]

    assert [is_near_term(start + by) for by in (-121, -120, 0, 120, 121)] == [
        False,
        True,
        True,
        True,
        False,
    ]
