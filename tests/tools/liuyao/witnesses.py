"""Other people's programs, asked the same questions. None of them is right about everything.

- lunar_python, tyme4py: all four pillars by Beijing's clock, which they are given.
- najia: sets up logging for the whole process when imported, and wants a verbosity.
- ichingpy: ships without its texts, so that only its chart engine can be used.
"""

import logging
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any

import ichingpy
import lunar_python
from ichingpy.divination.six_lines import SixLinesDivinationEngine
from tyme4py.eightchar.provider.impl import LunarSect2EightCharProvider
from tyme4py.lunar import LunarYear
from tyme4py.solar import SolarDay, SolarTerm, SolarTime
from tyme4py.util import ShouXingUtil

from tools.liuyao.almanac import LunarDate
from tools.liuyao.vocabulary import DayBoundary


def _without_its_logging() -> tuple[Any, Any]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    from najia import utils  # noqa: PLC0415
    from najia.najia import Najia  # noqa: PLC0415

    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("najia").setLevel(logging.WARNING)
    return utils, Najia(verbose=0)


def _with_a_memory() -> None:
    """Both calendars work out the sun and the moon anew for each question: three quarters of what
    it costs to ask thousands. What is remembered are their own functions of a number."""
    lunar_python.LunarYear.fromYear = staticmethod(cache(lunar_python.LunarYear))
    for name in ("calc_qi", "calc_shuo", "qi_accurate2"):
        setattr(ShouXingUtil, name, staticmethod(cache(getattr(ShouXingUtil, name))))
    search = LunarYear.get_leap_month
    leap_month_of = cache(lambda year: search(LunarYear(year)))
    LunarYear.get_leap_month = lambda self: leap_month_of(self.get_year())


NAJIA_RULES, NAJIA = _without_its_logging()
_with_a_memory()

CHINA = timezone(timedelta(hours=8))
TERMS = (
    *("小寒", "大寒", "立春", "雨水", "惊蛰", "春分"),
    *("清明", "谷雨", "立夏", "小满", "芒种", "夏至"),
    *("小暑", "大暑", "立秋", "处暑", "白露", "秋分"),
    *("寒露", "霜降", "立冬", "小雪", "大雪", "DONG_ZHI"),
)

FourPillars = tuple[str, str, str, str]


def _second(wall: datetime) -> int:
    return int(wall.replace(tzinfo=CHINA).timestamp())


def lunar_python_terms(year: int) -> list[int]:
    """The 24 terms of a Gregorian year by lunar_python, in seconds since 1970 UTC."""
    table = lunar_python.Solar.fromYmd(year, 7, 1).getLunar().getJieQiTable()
    return [_second(datetime.fromisoformat(table[name].toYmdHms())) for name in TERMS]


def tyme4py_terms(year: int) -> list[int]:
    """The same by tyme4py, which counts a year's terms from the winter solstice before."""
    times = [SolarTerm.from_index(year, i).get_julian_day().get_solar_time() for i in range(1, 25)]
    return [_second(_wall_of(time)) for time in times]


def _wall_of(time: SolarTime) -> datetime:
    day = (time.get_year(), time.get_month(), time.get_day())
    return datetime(*day, time.get_hour(), time.get_minute(), time.get_second())  # noqa: DTZ001


def lunar_python_pillars(wall: datetime, boundary: DayBoundary) -> FourPillars:
    """The pillars at a time on Beijing's clock by lunar_python."""
    solar = lunar_python.Solar.fromYmdHms(*wall.timetuple()[:6])
    eight = solar.getLunar().getEightChar()
    eight.setSect(1 if boundary is DayBoundary.ZI else 2)
    return eight.getYear(), eight.getMonth(), eight.getDay(), eight.getTime()


def tyme4py_pillars(wall: datetime, boundary: DayBoundary) -> FourPillars:
    """The pillars at a time on Beijing's clock by tyme4py."""
    time = SolarTime.from_ymd_hms(*wall.timetuple()[:6])
    if boundary is DayBoundary.ZI:
        eight = time.get_sixty_cycle_hour().get_eight_char()
    else:
        eight = LunarSect2EightCharProvider().get_eight_char(time.get_lunar_hour())
    year, month, day, hour = str(eight).split()
    return year, month, day, hour


def lunar_python_date(day: datetime) -> LunarDate:
    """The lunar date of a day by lunar_python, where a leap month has a negative number."""
    lunar = lunar_python.Solar.fromYmd(day.year, day.month, day.day).getLunar()
    month = lunar.getMonth()
    return LunarDate(lunar.getYear(), abs(month), lunar.getDay(), month < 0)


def tyme4py_date(day: datetime) -> LunarDate:
    """The lunar date of a day by tyme4py."""
    lunar = SolarDay.from_ymd(day.year, day.month, day.day).get_lunar_day()
    month = lunar.get_lunar_month().get_month_with_leap()
    return LunarDate(lunar.get_year(), abs(month), lunar.get_day(), month < 0)


def ichingpy_chart(lines: tuple[int, ...]) -> Any:
    """The chart of six lines by ichingpy, whose statuses are the values less six."""
    halves = [ichingpy.Trigram.from_binary([v - 6 for v in lines[i : i + 3]]) for i in (0, 3)]
    hexagram = ichingpy.Hexagram(inner=halves[0], outer=halves[1])
    SixLinesDivinationEngine().execute(hexagram)
    return hexagram.interpretation


def china_wall(second: int) -> datetime:
    """What Beijing's clock says at a second since 1970 UTC, with UTC+8 at all times."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)).astimezone(CHINA)
