"""The almanac says what the programs say that it was written with and without."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tests.tools.liuyao import witnesses
from tests.tools.liuyao.samples import seeded
from tools.liuyao import almanac
from tools.liuyao.almanac import TERM_CODES, TERM_NAMES, TERM_STARTS, LunarDate, OutsideAlmanac

YEARS = range(1899, 2103)


def test_every_term_begins_when_lunar_python_says() -> None:
    own = [list(TERM_STARTS[i : i + 24]) for i in range(0, len(TERM_STARTS), 24)]

    assert own == [witnesses.lunar_python_terms(year) for year in YEARS]


def test_every_term_begins_when_tyme4py_says() -> None:
    own = [list(TERM_STARTS[i : i + 24]) for i in range(0, len(TERM_STARTS), 24)]

    assert own == [witnesses.tyme4py_terms(year) for year in YEARS]


def test_terms_are_two_weeks_apart() -> None:
    gaps = [later - earlier for earlier, later in pairwise(TERM_STARTS)]

    assert min(gaps) > 14 * 86400
    assert max(gaps) < 16 * 86400


def test_the_beginning_of_spring_2025_is_the_observatory_s() -> None:
    """Calendars on the web say 22:10:13 in Beijing, from an old guess at the earth's rotation."""
    second = int(datetime(2025, 2, 3, 14, 10, 28, tzinfo=UTC).timestamp())

    index = TERM_STARTS.index(second)

    assert (TERM_NAMES[index % 24], TERM_CODES[index % 24]) == ("立春", "lichun")


def test_a_term_rules_from_its_own_second() -> None:
    index = 1000
    start = TERM_STARTS[index]

    assert [almanac.term_index(start + by) for by in (-1, 0, 1)] == [index - 1, index, index]


@pytest.mark.parametrize("second", [TERM_STARTS[0] - 1, TERM_STARTS[-1], 10**15, -(10**15)])
def test_no_term_is_made_up_beyond_the_almanac(second: int) -> None:
    with pytest.raises(OutsideAlmanac):
        almanac.term_index(second)


def test_lunar_dates_are_those_of_both_witnesses() -> None:
    start = datetime(1900, 2, 1, tzinfo=UTC)
    chance = seeded(20261120)
    days = [start + timedelta(days=n) for n in sorted(chance.sample(range(73_700), 1600))]

    assert [almanac.lunar_date(day.toordinal()) for day in days] == [
        witnesses.lunar_python_date(day) for day in days
    ]
    assert [almanac.lunar_date(day.toordinal()) for day in days[::4]] == [
        witnesses.tyme4py_date(day) for day in days[::4]
    ]


def test_every_leap_month_follows_the_month_of_its_number() -> None:
    days = [almanac.lunar_date(n) for n in range(693_271, 767_000)]
    steps = {
        (later.month - earlier.month) % 12
        for earlier, later in pairwise(days)
        if later.day == 1 and later.leap
    }

    assert steps == {0}
    assert sum(day.leap and day.day == 1 for day in days) > 70


def test_2025_had_two_sixth_months() -> None:
    sixth = almanac.lunar_date(datetime(2025, 7, 24, tzinfo=UTC).toordinal())
    leap = almanac.lunar_date(datetime(2025, 7, 25, tzinfo=UTC).toordinal())
    seventh = almanac.lunar_date(datetime(2025, 8, 23, tzinfo=UTC).toordinal())

    assert sixth == LunarDate(2025, 6, 30, leap=False)
    assert leap == LunarDate(2025, 6, 1, leap=True)
    assert seventh == LunarDate(2025, 7, 1, leap=False)


@pytest.mark.parametrize("ordinal", [693_270, 767_422 + 355, 1, 3_000_000])
def test_no_lunar_date_is_made_up_beyond_the_almanac(ordinal: int) -> None:
    with pytest.raises(OutsideAlmanac):
        almanac.lunar_date(ordinal)
