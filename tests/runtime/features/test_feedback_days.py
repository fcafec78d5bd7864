"""Local days: each moment is of one of them, and each report has its time."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from runtime.clock import from_micros
from runtime.features.feedback.days import DAY, LocalDays


def days(zone: str, at: str = "08:00") -> LocalDays:
    return LocalDays(at=time.fromisoformat(at), zone=ZoneInfo(zone))


def hours(zone: str, day: str) -> float:
    start, end = days(zone).bounds(date.fromisoformat(day))
    return (end - start) / 3_600_000_000


@pytest.mark.parametrize(
    ("zone", "day", "length"),
    [
        ("Asia/Shanghai", "2026-03-29", 24),
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        # Its clocks are put forward at midnight: the day begins at one.
        ("America/Santiago", "2026-09-06", 23),
        # And back at midnight: the day before has its last hour twice.
        ("America/Santiago", "2026-04-04", 25),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        # It moved to the other side of the date line.
        ("Pacific/Apia", "2011-12-30", 0),
    ],
)
def test_a_day_is_as_long_as_its_readers_live_it(zone: str, day: str, length: float) -> None:
    assert hours(zone, day) == length


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Santiago", "Pacific/Apia", "UTC"])
def test_days_follow_each_other_without_a_gap(zone: str) -> None:
    """From one to the next over years of clocks put forward and back."""
    each, until = date(2011, 1, 1), date(2013, 1, 1)
    end = days(zone).bounds(each)[0]
    while each < until:
        start, following = days(zone).bounds(each)
        assert start == end
        local = days(zone).local(from_micros(start))
        assert local.date() == each or following == start
        each, end = each + DAY, following


@pytest.mark.parametrize(
    ("zone", "at", "before", "due"),
    [
        ("Asia/Shanghai", "08:00", "2026-03-15T00:00:00", "2026-03-14"),
        # Put forward at 02:00 in the night of the 29th: 02:30 is at 03:30 of summer.
        ("Europe/Berlin", "02:30", "2026-03-29T01:30:00", "2026-03-28"),
        # Put back at 03:00 in the night of the 25th: 02:30 is twice, the first one counts.
        ("Europe/Berlin", "02:30", "2026-10-25T00:30:00", "2026-10-24"),
        # What was sent just before midnight may still be on its way into the store.
        ("UTC", "00:00", "2026-03-15T00:10:00", "2026-03-14"),
    ],
)
def test_a_report_is_due_at_its_time_and_stays_so(
    zone: str, at: str, before: str, due: str
) -> None:
    moment = datetime.fromisoformat(before).replace(tzinfo=UTC)
    reports, day = days(zone, at), date.fromisoformat(due)

    assert reports.newest_due(moment - timedelta(microseconds=1)) == day - DAY
    for hour in range(23):
        assert reports.newest_due(moment + timedelta(hours=hour)) == day
