"""The zone's clock is the real one of its day, and the sun's is the sun's to a minute."""

from datetime import UTC, datetime, timedelta
from math import cos, degrees, radians, sin, tan

import pytest

from tools.liuyao import clocks
from tools.liuyao.clocks import UnknownZone, instant_of, seconds_since_1970, sundial, zone


@pytest.mark.parametrize("name", ["../etc/passwd", "localtime", "Asia/Nowhere", "", "UTC\n"])
def test_a_zone_that_is_not_listed_is_never_opened(name: str) -> None:
    with pytest.raises(UnknownZone):
        zone(name)


def test_every_listed_zone_can_be_opened() -> None:
    for name in clocks.zone_names():
        assert zone(name).key == name


def test_seconds_are_whole_also_before_1970() -> None:
    assert seconds_since_1970(datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC)) == -1
    assert seconds_since_1970(datetime(1970, 1, 1, 0, 0, 0, 999_999, UTC)) == 0
    assert instant_of(-1) == datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)


def meeus(instant: datetime) -> float:
    """Return the equation of time in minutes by another formula, good to a few seconds."""
    century = (instant - datetime(2000, 1, 1, 12, tzinfo=UTC)) / timedelta(days=36525)
    longitude = radians(280.46646 + 36000.76983 * century)
    anomaly = radians(357.52911 + 35999.05029 * century)
    orbit = 0.016708634 - 0.000042037 * century
    y = tan(radians(23.4393 - 0.0130 * century) / 2) ** 2
    turn = (
        y * sin(2 * longitude)
        - 2 * orbit * sin(anomaly)
        + 4 * orbit * y * sin(anomaly) * cos(2 * longitude)
        - y * y * sin(4 * longitude) / 2
        - 5 / 4 * orbit * orbit * sin(2 * anomaly)
    )
    return 4 * degrees(turn)


@pytest.mark.parametrize("year", [1905, 1984, 2000, 2026])
def test_the_sun_is_where_another_formula_has_it(year: int) -> None:
    days = (datetime(year, 1, 1, 6, tzinfo=UTC) + timedelta(days=n) for n in range(0, 365, 5))

    off = [
        sundial(day, 0) - day.replace(tzinfo=None) - timedelta(minutes=meeus(day)) for day in days
    ]

    assert max(map(abs, off)) < timedelta(seconds=60)


def test_a_degree_of_longitude_is_four_minutes() -> None:
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)

    assert sundial(noon, 90) - sundial(noon, 0) == timedelta(hours=6)
    assert sundial(noon, 0) - sundial(noon, -180) == timedelta(hours=12)
