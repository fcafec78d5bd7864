"""Days and hours that a message names, in Chinese and English."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

USUAL_HOUR = time(9)

_SIMPLER = str.maketrans("後週禮號點兩個鐘拜內會", "后周礼号点两个钟拜内会")
_DIGITS = {glyph: value for value, glyph in enumerate("零一二三四五六七八九")} | {
    "两": 2,
    "天": 7,
    "日": 7,
}
_WORDS = (
    *("zero", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_COUNT = r"(\d{1,3}|[一二三四五六七八九十两]{1,3}|an?|" + "|".join(_WORDS[1:]) + ")"
_MONTH_NAME = "(" + "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS) + r")\.?"


@dataclass(frozen=True, slots=True)
class NamedMoment:
    """A moment a message names, and what the message says besides."""

    at: datetime
    rest: str


def named_moment(message: str, now: datetime) -> NamedMoment | None:
    """The first day a message names, at its hour or in the morning; none where it names no day."""
    text = message.translate(_SIMPLER)
    for pattern, day_of in _DAY_PATTERNS:
        found = pattern.search(text)
        day = _day(day_of, found, now.date()) if found else None
        if found and day:
            rest = message[: found.start()] + message[found.end() :]
            hour, rest = _hour(rest, evening="晚" in found[0])
            return NamedMoment(datetime.combine(day, hour, now.tzinfo), rest)
    return None


def _day(
    day_of: Callable[[re.Match[str], date], date], found: re.Match[str], today: date
) -> date | None:
    try:
        return day_of(found, today)
    except (ValueError, OverflowError):
        return None  # 2月30日


def _hour(message: str, *, evening: bool) -> tuple[time, str]:
    """The hour of a message, and the message without it."""
    text = message.translate(_SIMPLER)
    found = _CLOCK.search(text) or _CHINESE_CLOCK.search(text) or _ENGLISH_CLOCK.search(text)
    if found is None:
        return (time(20) if evening or "晚上" in text else USUAL_HOUR), message
    parts = found.groupdict()
    hour, minute = number(parts["hour"]), 30 if parts.get("half") else int(parts["minute"] or 0)
    late = evening or (parts.get("part") or "").lower() in {"下午", "晚上", "傍晚", "pm", "p.m."}
    if late and hour < 12:
        hour += 12
    if hour > 23 or minute > 59:
        return USUAL_HOUR, message
    return time(hour, minute), message[: found.start()] + message[found.end() :]


def number(text: str) -> int:
    """A small count in digits, Chinese or English."""
    lower = text.lower()
    if lower.isdigit():
        return int(lower)
    if lower in {"a", "an"}:
        return 1
    if lower in _WORDS:
        return _WORDS.index(lower)
    tens, ten, ones = lower.rpartition("十")
    if not ten:
        return _DIGITS[lower[-1]]
    return (_DIGITS[tens[-1]] if tens else 1) * 10 + (_DIGITS[ones[-1]] if ones else 0)


def _later(found: re.Match[str], today: date) -> date:
    unit = found[2].lower()
    days = (
        7
        if unit.startswith(("周", "星", "礼", "week"))
        else 30
        if unit.startswith(("个月", "month"))
        else 1
    )
    return today + timedelta(days=number(found[1]) * days)


def _weekday(found: re.Match[str], today: date) -> date:
    """`next` is in the week after this one, counted from Monday; else the first one to come."""
    name = found["day"].lower()
    index = _DAYS.index(name) if name in _DAYS else _DIGITS[name] - 1
    if found["next"]:
        return today + timedelta(days=7 - today.weekday() + index)
    return today + timedelta(days=(index - today.weekday()) % 7 or 7)


def _written(found: re.Match[str], _today: date) -> date:
    return date(int(found[1]), int(found[2]), int(found[3]))


def _in_year(month: int, day: int, today: date) -> date:
    this = date(today.year, month, day)
    return this if this >= today else date(today.year + 1, month, day)


def _month_first(found: re.Match[str], today: date) -> date:
    return _in_year(_month(found[1]), number(found[2]), today)


def _day_first(found: re.Match[str], today: date) -> date:
    return _in_year(_month(found[2]), number(found[1]), today)


def _month(text: str) -> int:
    short = text.lower()[:3]
    named = [index for index, name in enumerate(_MONTHS, 1) if name.startswith(short)]
    return named[0] if named else number(text)


def _in_days(days: int) -> Callable[[re.Match[str], date], date]:
    return lambda _found, today: today + timedelta(days=days)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_CLOCK = _pattern(
    r"(?P<part>上午|下午|早上|晚上|中午|傍晚)?(?:\bat )?(?P<hour>\d{1,2})[:：](?P<minute>\d{2})"
)
_CHINESE_CLOCK = _pattern(
    r"(?P<part>上午|下午|早上|晚上|中午|傍晚)?(?P<hour>\d{1,2}|[一二三四五六七八九十两]{1,3})点"
    r"(?:钟|(?P<half>半)|(?P<minute>\d{1,2})分?)?"
)
_ENGLISH_CLOCK = _pattern(
    r"\bat (?P<hour>\d{1,2})(?P<minute>(?!))?\s*(?P<part>am|pm|a\.m\.|p\.m\.|o'clock)?"
)
_DAY_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], date]], ...] = (
    (_pattern(r"(\d{4})(?:-|/|年)(\d{1,2})(?:-|/|月)(\d{1,2})[日号]?"), _written),
    (
        _pattern(
            r"(\d{1,2}|[一二三四五六七八九十]{1,2})月(\d{1,2}|[一二三四五六七八九十]{1,3})[日号]"
        ),
        _month_first,
    ),
    (_pattern(rf"\b(?:on )?{_MONTH_NAME} (\d{{1,2}})(?:st|nd|rd|th)?\b"), _month_first),
    (
        _pattern(rf"\b(?:on )?(?:the )?(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH_NAME}"),
        _day_first,
    ),
    (_pattern(r"大后天"), _in_days(3)),
    (_pattern(r"后天|\bthe day after tomorrow\b"), _in_days(2)),
    (_pattern(r"明天|明日|明早|明晚|\btomorrow\b"), _in_days(1)),
    (_pattern(r"今天|今晚|\btoday\b|\btonight\b"), _in_days(0)),
    (_pattern(_COUNT + r"个?(天|日|周|星期|礼拜|月)(?:以|之)?后"), _later),
    (_pattern(r"(?:过)" + _COUNT + r"个?(天|日|周|星期|礼拜|月)"), _later),
    (_pattern(rf"\bin {_COUNT} (days?|weeks?|months?)\b"), _later),
    (
        _pattern(r"(?P<next>下)?(?:个)?(?:这|本)?(?:周|星期|礼拜)(?P<day>[一二三四五六天日])"),
        _weekday,
    ),
    (_pattern(rf"\b(?:on )?(?:this )?(?P<next>next )?(?P<day>{'|'.join(_DAYS)})\b"), _weekday),
    (_pattern(r"下(?:个)?(?:周|星期|礼拜)|\bnext week\b"), _in_days(7)),
    (_pattern(r"下个?月|\bnext month\b"), _in_days(30)),
)
