"""Time on the wire."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.clock import SystemClock, from_micros, micros, parse_rfc3339, rfc3339, stamp


def test_a_time_always_has_six_fraction_digits_and_z() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    assert rfc3339(moment) == "2026-01-02T03:04:05.000000Z"


def test_a_time_of_another_zone_is_written_in_utc() -> None:
    moment = datetime(2026, 1, 2, 3, 0, tzinfo=timezone(timedelta(hours=8)))

    assert rfc3339(moment) == "2026-01-01T19:00:00.000000Z"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        rfc3339(datetime(2026, 1, 2))  # noqa: DTZ001 - that is the point


@given(st.datetimes(datetime(1970, 1, 1), datetime(9998, 12, 31)))  # noqa: DTZ001
def test_what_is_written_is_read_back(moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC)

    assert parse_rfc3339(rfc3339(moment)) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-02",
        "2026-01-02T03:04:05",
        "2026-01-02 03:04:05Z",
        "2026-01-02T03:04:05+00:00",
        "0001-01-01T00:00:00+23:59",
        "1969-12-31T23:59:59Z",
        "9999-12-31T23:59:59Z",
        "2026-W47-5T03:04:05Z",
        "2026-13-02T03:04:05Z",
        "2026-01-02T03:04:60Z",
        "2026-01-02T03:04:05.1234567Z",
        "2026-01-02T03:04:05Z\n",
        "２０２６-01-02T03:04:05Z",
    ],
)
def test_any_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_rfc3339(text)


def test_the_system_clock_is_in_utc_and_never_runs_back() -> None:
    clock = SystemClock()
    before = clock.monotonic()

    assert clock.now().tzinfo is UTC
    assert clock.monotonic() >= before


def test_stored_times_are_whole_microseconds_and_come_back_exactly() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)

    assert from_micros(micros(moment)) == moment
    assert stamp(micros(moment)) == "2026-01-02T03:04:05.678901Z"
