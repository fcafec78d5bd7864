"""四柱: the pillars of a moment, and the term it falls in.

Terms are instants, so year and month come from UTC; day and hour are what the clock on the
querent's wall says (or the sun, where asked for). Feeding local time to both is the usual mistake.
"""

from dataclasses import dataclass
from datetime import datetime

from tools.liuyao.almanac import FIRST_YEAR, TERM_STARTS, term_index
from tools.liuyao.vocabulary import DayBoundary

NEAR_TERM_SECONDS = 120  # published almanacs differ by up to 55 s


@dataclass(frozen=True, slots=True)
class Pillars:
    """Year, month, day and hour, each as its place in the cycle of sixty."""

    year: int
    month: int
    day: int
    hour: int


def pillars_of(second: int, wall: datetime, boundary: DayBoundary) -> Pillars:
    """Return the pillars of a second since 1970 UTC whose day and hour a wall clock tells."""
    year, month = _year_and_month(second)
    return Pillars(year, month, day_pillar(wall, boundary), hour_pillar(wall))


def _year_and_month(second: int) -> tuple[int, int]:
    # Twelve 节 a year, the first of them 小寒 of FIRST_YEAR; the year opens with the second, 立春.
    month = term_index(second) // 2
    year = FIRST_YEAR + (month - 1) // 12
    # Months run through the sixty without a break: the 甲子 year 1984 opened with 丙寅, number 2.
    since_1984 = month - (1984 - FIRST_YEAR) * 12 - 1
    return (year - 4) % 60, (since_1984 + 2) % 60


def day_pillar(wall: datetime, boundary: DayBoundary) -> int:
    """Return the pillar of the day that a wall clock is in."""
    return (almanac_day(wall, boundary) + 14) % 60


def almanac_day(wall: datetime, boundary: DayBoundary) -> int:
    """Return the ordinal of the day that a wall clock is in, which `zi` opens at 23:00."""
    opened = wall.hour == 23 and boundary is DayBoundary.ZI
    return wall.toordinal() + opened


def hour_branch(wall: datetime) -> int:
    """Return the branch of the double hour on a wall clock."""
    return (wall.hour + 1) // 2 % 12


def hour_pillar(wall: datetime) -> int:
    """Return the pillar of the double hour, the same under both day boundaries."""
    # The hour of 子 belongs to the day that it opens, whenever the day pillar itself changes.
    return day_pillar(wall, DayBoundary.ZI) % 5 * 12 + hour_branch(wall)


def is_near_term(second: int) -> bool:
    """Tell whether a term begins so close to this second that almanacs may disagree."""
    index = term_index(second)
    since, until = second - TERM_STARTS[index], TERM_STARTS[index + 1] - second
    return min(since, until) <= NEAR_TERM_SECONDS
