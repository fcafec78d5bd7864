"""Ways to come by six lines: three coins, the moment, two numbers."""

from dataclasses import dataclass
from datetime import datetime
from random import Random, SystemRandom
from zoneinfo import ZoneInfo

from tools.liuyao.almanac import lunar_date
from tools.liuyao.hexagrams import TRIGRAMS
from tools.liuyao.pillars import almanac_day, hour_branch
from tools.liuyao.vocabulary import DayBoundary

Coins = tuple[int, int, int]
Lines = tuple[int, ...]

BACK, CHARACTERS = 3, 2
YOUNG, OLD = {0: 8, 1: 7}, {0: 6, 1: 9}  # by yang


@dataclass(frozen=True, slots=True)
class Throw:
    """Six throws of three coins, the lowest line first, and the lines they make."""

    coins: tuple[Coins, ...]

    @property
    def lines(self) -> Lines:
        """The value of each line: the sum of its coins."""
        return tuple(sum(row) for row in self.coins)


def throw_coins(rng: Random | None = None) -> Throw:
    """Throw three coins six times; by the system's own randomness unless told otherwise."""
    rng = rng or SystemRandom()
    faces = [rng.choice((CHARACTERS, BACK)) for _ in range(18)]
    return Throw(tuple((faces[i], faces[i + 1], faces[i + 2]) for i in range(0, 18, 3)))


def time_cast(instant: datetime, zone: ZoneInfo, boundary: DayBoundary = DayBoundary.ZI) -> Lines:
    """Return the lines of a moment (时间起卦) from the lunar date and hour on the local clock."""
    wall = instant.astimezone(zone)
    # At 23:00 the hour of 子 has opened the next day, unless the client keeps days from midnight.
    date = lunar_date(almanac_day(wall, boundary))
    year = (date.year - 4) % 12 + 1
    upper = year + date.month + date.day
    lower = upper + hour_branch(wall) + 1
    return _one_moving(upper, lower, lower)


def number_cast(one: int, other: int) -> Lines:
    """Return the lines of two numbers: the upper trigram, the lower, and their sum moves one."""
    return _one_moving(one, other, one + other)


def _one_moving(upper: int, lower: int, moving: int) -> Lines:
    # The trigrams stand in their pre-heaven order, 乾 1 to 坤 8, so that no remainder means 8.
    bits = [*_trigram_bits(lower), *_trigram_bits(upper)]
    values = [YOUNG[bit] for bit in bits]
    place = (moving - 1) % 6
    values[place] = OLD[bits[place]]
    return tuple(values)


def _trigram_bits(count: int) -> list[int]:
    bits = TRIGRAMS[(count - 1) % 8].bits
    return [bits & 1, bits >> 1 & 1, bits >> 2]
