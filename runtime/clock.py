"""Time as a parameter: what the server asks for it, and how it writes it down."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

_RFC3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")
_LONGEST = len("2026-01-01T00:00:00.000000Z")
# A plus sign that a query did not escape arrives as a space.
_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,6})?"
    r"(?:Z|([ +-])([0-9]{2}:[0-9]{2}))?"
)

# In microseconds, as the store keeps times.
SECOND = 1_000_000
DAY = 86_400 * SECOND


class Clock(Protocol):
    """Where all time comes from; tests bring one that they move by hand."""

    def now(self) -> datetime:
        """The time of day, aware, in UTC, to the microsecond."""
        ...

    def monotonic(self) -> float:
        """Seconds that only grow, for deadlines and durations."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    """Whole microseconds since 1970, as the store keeps times."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def from_micros(micros: int) -> datetime:
    """The inverse of `micros`."""
    return _EPOCH + timedelta(microseconds=micros)


def stamp(micros: int) -> str:
    """A stored time as the wire has it."""
    return rfc3339(from_micros(micros))


def rfc3339(moment: datetime) -> str:
    """UTC with exactly six fraction digits and Z, so that texts sort as times do."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone has no place on the wire")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse_rfc3339(text: str) -> datetime:
    """The inverse; years from 1970 to 9998, so that arithmetic at the edges cannot overflow."""
    # Python alone would take week dates, offsets beyond the calendar, and other people's digits.
    if len(text) > _LONGEST or not _RFC3339.fullmatch(text):
        raise ValueError("not a UTC time like 2026-01-01T00:00:00.000000Z")
    moment = datetime.fromisoformat(text)
    if not 1970 <= moment.year <= 9998:
        raise ValueError("the year is out of range")
    return moment


def parse_iso(text: str) -> datetime:
    """Any ISO 8601 datetime to the microsecond, as the same moment in UTC; without a zone it is."""
    parts = _ISO.fullmatch(text)
    if parts is None:
        raise ValueError("not a time like 2026-01-01T00:00:00.000000Z")
    day, time_of_day, fraction, sign, offset = parts.groups()
    zone = f"{'-' if sign == '-' else '+'}{offset or '00:00'}"
    moment = datetime.fromisoformat(f"{day}T{time_of_day}{fraction or ''}{zone}")
    # Before arithmetic, which could overflow at either end of the calendar.
    if not 1970 <= moment.year <= 9998:
        raise ValueError("the year is out of range")
    return moment.astimezone(UTC)
