"""The moment of a cast: RFC 3339, in the zone's own offset, and not in the future."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.tools.liuyao.samples import NOW, minutes, payload, pointers, read, refusal


@pytest.mark.parametrize(
    "moment",
    [
        *("2026-03-14", "2026-03-14T23:30:00", "2026-03-14 23:30:00Z", "2026-W11-6T23:30:00Z"),
        *("2026-03-14T23:30Z", "20260314T233000Z", "2026-073T23:30:00Z", "2026-3-14T23:30:00Z"),
        *("2026-02-30T00:00:00Z", "2026-03-14T24:00:00Z", "2026-03-14T23:60:00Z"),
        *("2016-12-31T23:59:60Z", "2026-03-14T23:30:00.1234567Z", "2026-03-14T23:30:00.Z"),
        *("2026-03-14T23:30:00,5Z", "2026-03-14T23:30:00+0800", "2026-03-14T23:30:00+08"),
        *("2026-03-14T23:30:00+24:00", "2026-03-14T23:30:00+08:60", "2026-03-14T23:30:00+99:99"),
        *("2026-03-14T23:30:00Z\n", " 2026-03-14T23:30:00Z", "２０２６-03-14T23:30:00Z"),
        *("٢٠٢٦-03-14T23:30:00Z", "0000-01-01T00:00:00Z", "", "now", "1773502200"),
        *(1773502200, 1773502200.0, [], True),
    ],
)
def test_what_is_no_rfc_3339_instant(moment: object) -> None:
    assert pointers(castAt=moment) == ["/castAt"]


@pytest.mark.parametrize(
    "moment",
    [
        *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "1900-12-31T23:59:59Z"),
        *("2026-11-20T12:05:01Z", "2103-01-01T00:00:00Z"),
    ],
)
def test_moments_before_1901_and_after_now(moment: str) -> None:
    assert pointers(castAt=moment, timezone="UTC") == ["/castAt"]


@pytest.mark.parametrize("moment", ["1901-01-01T00:00:00Z", "2026-11-20T12:05:00Z"])
def test_the_first_and_the_last_moment(moment: str) -> None:
    assert read(castAt=moment).at == datetime.fromisoformat(moment)


def test_nothing_is_read_beyond_the_almanac() -> None:
    later = datetime(2150, 1, 1, tzinfo=UTC)

    assert list(refusal(payload(castAt="2102-01-01T00:00:01Z"), now=later)) == ["/castAt"]


@pytest.mark.parametrize(
    ("written", "micros"), [("", 0), (".5", 500_000), (".000001", 1), (".123456", 123_456)]
)
def test_fractions_to_the_microsecond(written: str, micros: int) -> None:
    assert read(castAt=f"2026-03-14T15:30:00{written}Z").at.microsecond == micros


@pytest.mark.parametrize(
    "moment",
    [
        *("2026-03-14T15:30:00Z", "2026-03-14t15:30:00z", "2026-03-14T15:30:00-00:00"),
        *("2026-03-14T23:30:00.000+08:00", "2026-03-14T23:30:00+08:00"),
    ],
)
def test_one_instant_however_written(moment: str) -> None:
    assert read(castAt=moment).digest() == read().digest()


@pytest.mark.parametrize(
    ("moment", "zone"),
    [
        ("2026-03-14T23:30:00+09:00", "Asia/Shanghai"),
        ("2026-03-14T15:30:00+00:00", "Asia/Shanghai"),
        ("2025-07-01T09:00:00-05:00", "America/New_York"),  # summer: -04:00
        ("1988-07-01T09:00:00+08:00", "Asia/Shanghai"),  # China had summer time then
        ("1930-01-01T00:00:00+00:20", "Europe/Amsterdam"),  # it was +00:19:32
    ],
)
def test_an_offset_is_the_zone_s_at_that_instant(moment: str, zone: str) -> None:
    assert pointers(castAt=moment, timezone=zone) == ["/castAt"]


@pytest.mark.parametrize(
    ("moment", "zone"),
    [
        ("2025-07-01T09:00:00-04:00", "America/New_York"),
        ("1988-07-01T09:00:00+09:00", "Asia/Shanghai"),
        ("2025-11-02T01:30:00-04:00", "America/New_York"),  # the hour that came twice
        ("2025-11-02T01:30:00-05:00", "America/New_York"),
        ("2026-01-01T00:00:00+05:45", "Asia/Kathmandu"),
        ("2026-01-01T00:00:00+14:00", "Pacific/Kiritimati"),
        ("2026-01-01T00:00:00+00:00", "Europe/London"),
    ],
)
def test_offsets_that_were_in_force(moment: str, zone: str) -> None:
    assert read(castAt=moment, timezone=zone).at == datetime.fromisoformat(moment)


def test_a_clock_may_be_five_minutes_fast() -> None:
    late = (NOW + minutes(5)).isoformat()
    later = (NOW + timedelta(minutes=5, microseconds=1)).isoformat()

    assert pointers(castAt=late, timezone="UTC") == []
    assert pointers(castAt=later, timezone="UTC") == ["/castAt"]
