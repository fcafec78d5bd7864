"""The clocks of a cast: the zone's wall clock and the sun."""

from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from math import cos, pi, sin
from zoneinfo import ZoneInfo, available_timezones

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Both stand in the zone folder of some machines, and mean nothing anywhere else.
_NO_PLACES = {"localtime", "Factory"}


class UnknownZone(ValueError):
    """The name is in no time zone database of this server."""


@cache
def zone_names() -> frozenset[str]:
    """Return the names of all time zones known here."""
    return frozenset(available_timezones() - _NO_PLACES)


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """Return a zone by its name, which is looked up in a list and never used as a path."""
    if name not in zone_names():
        raise UnknownZone(name)
    return ZoneInfo(name)


def seconds_since_1970(instant: datetime) -> int:
    """Return the whole seconds since 1970 UTC, without the rounding of a float."""
    return (instant - EPOCH) // timedelta(seconds=1)


def instant_of(second: int) -> datetime:
    """Return the instant of a second since 1970 UTC, also before it."""
    return EPOCH + timedelta(seconds=second)


def sundial(instant: datetime, longitude: float) -> datetime:
    """Return the true solar time at a longitude (真太阳时), good to a minute, as a naive time."""
    utc = instant.astimezone(UTC).replace(tzinfo=None)
    return utc + timedelta(minutes=4 * longitude + _equation_of_time(utc))


def _equation_of_time(utc: datetime) -> float:
    """Return by how many minutes the sun is ahead of the mean clock (Spencer's series)."""
    day = utc.timetuple().tm_yday - 1 + utc.hour / 24 + utc.minute / 1440
    b = 2 * pi * day / 365
    series = 0.000075 + 0.001868 * cos(b) - 0.032077 * sin(b)
    return 229.18 * (series - 0.014615 * cos(2 * b) - 0.040849 * sin(2 * b))
