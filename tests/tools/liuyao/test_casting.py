"""Coins fall fairly; moments and numbers give the lines of the old books."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.tools.liuyao.samples import seeded
from tools.liuyao.casting import number_cast, throw_coins, time_cast
from tools.liuyao.vocabulary import DayBoundary

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_a_throw_keeps_its_coins_and_makes_its_lines_of_them() -> None:
    throw = throw_coins()

    assert [len(row) for row in throw.coins] == [3] * 6
    assert {face for row in throw.coins for face in row} <= {2, 3}
    assert throw.lines == tuple(sum(row) for row in throw.coins)


def test_the_same_chance_throws_the_same_coins() -> None:
    assert throw_coins(seeded(7)) == throw_coins(seeded(7))
    assert throw_coins(seeded(7)) != throw_coins(seeded(8))


def test_without_a_chance_of_its_own_every_throw_is_new() -> None:
    assert len({throw_coins().coins for _ in range(20)}) == 20


def test_old_lines_fall_once_in_eight_and_young_ones_thrice() -> None:
    chance = seeded(20261120)

    counts = Counter(value for _ in range(4000) for value in throw_coins(chance).lines)

    assert counts[6] == pytest.approx(3000, rel=0.06)
    assert counts[7] == pytest.approx(9000, rel=0.04)
    assert counts[8] == pytest.approx(9000, rel=0.04)
    assert counts[9] == pytest.approx(3000, rel=0.06)


@pytest.mark.parametrize(
    ("one", "other", "lines"),
    [
        (3, 8, (8, 8, 8, 7, 6, 7)),  # 离 over 坤, line 5
        (8, 8, (8, 8, 8, 6, 8, 8)),  # no remainder is 8, 坤; 16 moves line 4
        (1, 5, (8, 7, 7, 7, 7, 9)),  # 乾 over 巽; no remainder moves line 6
        (9999, 9999, (8, 8, 7, 8, 8, 9)),  # 艮 twice
    ],
)
def test_number_casts(one: int, other: int, lines: tuple[int, ...]) -> None:
    assert number_cast(one, other) == lines


def test_the_plum_blossoms_of_shao_yong() -> None:
    """The cast that named the method: a 辰 year (5), 12th month, 17th day, hour of 申 (9).

    5 + 12 + 17 = 34, 兑 above; 43, 离 below; line 1 moves: 革 turning into 咸. The same numbers
    stand in the winter of 2024/25, on 16 January.
    """
    afternoon = datetime(2025, 1, 16, 16, 0, tzinfo=SHANGHAI)

    assert time_cast(afternoon, SHANGHAI) == (9, 8, 7, 7, 7, 8)


def test_the_year_of_a_time_cast_is_the_lunar_one() -> None:
    """On the eve of the new year of 2025 it is still the year of 辰, though 立春 is near."""
    eve = datetime(2025, 1, 28, 12, 0, tzinfo=SHANGHAI)
    new_year = datetime(2025, 1, 29, 12, 0, tzinfo=SHANGHAI)

    # 5 + 12 + 29 = 46, then 53; 6 + 1 + 1 = 8, then 15.
    assert time_cast(eve, SHANGHAI) == _expected(46, 53)
    assert time_cast(new_year, SHANGHAI) == _expected(8, 15)


def test_a_leap_month_counts_as_the_one_before() -> None:
    leap = datetime(2025, 7, 25, 12, 0, tzinfo=SHANGHAI)

    assert time_cast(leap, SHANGHAI) == _expected(6 + 6 + 1, 6 + 6 + 1 + 7)


def test_the_hour_of_zi_opens_the_next_day_unless_days_open_at_midnight() -> None:
    night = datetime(2025, 1, 29, 23, 30, tzinfo=SHANGHAI)

    assert time_cast(night, SHANGHAI) == _expected(9, 10)
    assert time_cast(night, SHANGHAI, DayBoundary.MIDNIGHT) == _expected(8, 9)


def test_the_clock_is_the_one_on_the_wall() -> None:
    new_york = ZoneInfo("America/New_York")
    noon = datetime(2025, 1, 29, 12, 0, tzinfo=new_york)

    assert time_cast(noon, new_york) == _expected(8, 15)


def _expected(upper: int, lower: int) -> tuple[int, ...]:
    trigrams = ("111", "110", "101", "100", "011", "010", "001", "000")
    bits = trigrams[(lower - 1) % 8] + trigrams[(upper - 1) % 8]
    moving = (lower - 1) % 6
    values = [{"1": 7, "0": 8}[bit] for bit in bits]
    values[moving] = {7: 9, 8: 6}[values[moving]]
    return tuple(values)
