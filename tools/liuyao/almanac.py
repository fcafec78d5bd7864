"""The almanac: when each solar term begins, and the lunar date of a day, 1899 to 2102."""

import json
from bisect import bisect_right
from dataclasses import dataclass
from importlib.resources import files
from itertools import accumulate, chain

TERM_NAMES = (
    *("小寒", "大寒", "立春", "雨水", "惊蛰", "春分"),
    *("清明", "谷雨", "立夏", "小满", "芒种", "夏至"),
    *("小暑", "大暑", "立秋", "处暑", "白露", "秋分"),
    *("寒露", "霜降", "立冬", "小雪", "大雪", "冬至"),
)
TERM_CODES = (
    *("xiaohan", "dahan", "lichun", "yushui", "jingzhe", "chunfen"),
    *("qingming", "guyu", "lixia", "xiaoman", "mangzhong", "xiazhi"),
    *("xiaoshu", "dashu", "liqiu", "chushu", "bailu", "qiufen"),
    *("hanlu", "shuangjiang", "lidong", "xiaoxue", "daxue", "dongzhi"),
)


@dataclass(frozen=True, slots=True)
class LunarDate:
    """A day of the lunar calendar; a leap month has the number of the month before it."""

    year: int
    month: int
    day: int
    leap: bool


@dataclass(frozen=True, slots=True)
class _LunarYear:
    year: int
    leap: int
    month_starts: tuple[int, ...]  # ordinals


class OutsideAlmanac(ValueError):
    """The moment lies before 1899 or after 2102."""


_PAGES = json.loads(files("tools.liuyao").joinpath("almanac.json").read_text("utf-8"))
FIRST_YEAR: int = _PAGES["first_year"]

# Seconds since 1970 UTC; the first is 小寒 of FIRST_YEAR.
TERM_STARTS: tuple[int, ...] = tuple(chain.from_iterable(_PAGES["terms"]))

_LUNAR_YEARS = tuple(
    _LunarYear(row["year"], row["leap"], tuple(accumulate(row["days"], initial=row["first"])))
    for row in _PAGES["lunar"]
)
_NEW_YEARS = tuple(year.month_starts[0] for year in _LUNAR_YEARS)
del _PAGES


def term_index(second: int) -> int:
    """Return the place in TERM_STARTS of the term that rules a second since 1970 UTC."""
    index = bisect_right(TERM_STARTS, second) - 1
    if not 0 <= index < len(TERM_STARTS) - 1:
        raise OutsideAlmanac(f"no solar terms are known around second {second}")
    return index


def lunar_date(ordinal: int) -> LunarDate:
    """Return the lunar date of a day given by its proleptic Gregorian ordinal."""
    index = bisect_right(_NEW_YEARS, ordinal) - 1
    if index < 0 or ordinal >= _LUNAR_YEARS[-1].month_starts[-1]:
        raise OutsideAlmanac(f"no lunar date is known for day {ordinal}")
    year = _LUNAR_YEARS[index]
    place = bisect_right(year.month_starts, ordinal)
    leap = bool(year.leap) and place == year.leap + 1
    month = place - 1 if year.leap and place > year.leap else place
    return LunarDate(year.year, month, ordinal - year.month_starts[place - 1] + 1, leap)
