"""A cast has one normal form, in which it is stored, read back and compared."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.tools.liuyao.samples import NOW, payload, read
from tools.liuyao.cast import Cast, CastUnreadable, rfc3339
from tools.liuyao.payload import parse_cast

VARIANTS: list[dict[str, Any]] = [
    {},
    {"coins": [[2, 2, 3], [3, 2, 2], [3, 3, 3], [2, 3, 2], [3, 3, 2], [2, 2, 3]]},
    {"method": "number", "numbers": [3, 8], "lines": [8, 8, 8, 7, 6, 7]},
    {"method": "time", "lines": [7, 8, 8, 7, 8, 9]},
    {"trueSolarTime": True, "location": {"longitude": 121.4737, "latitude": 31.23}},
    {"trueSolarTime": True, "location": {"longitude": -0.0}},
    {"querent": {"gender": "other"}},
    {"querent": {"birthYear": 1988}},
    {"locale": "en-NZ", "dayBoundary": "midnight", "castAt": "2026-03-14T15:30:00.123Z"},
]
each_variant = pytest.mark.parametrize("changes", VARIANTS)


@each_variant
def test_what_is_stored_reads_back_as_the_same_cast(changes: dict[str, Any]) -> None:
    cast = read(**changes)

    assert Cast.from_json(json.loads(json.dumps(cast.to_json()))) == cast


@each_variant
def test_the_normal_form_is_a_payload_that_means_the_same(changes: dict[str, Any]) -> None:
    cast = read(**changes)

    again = parse_cast(cast.to_json(), now=NOW)

    assert again == cast
    assert again.digest() == cast.digest()


def test_payloads_that_mean_the_same_have_one_digest() -> None:
    plain = read()
    spelled_out = read(
        question="  何时升职？\n",
        castAt="2026-03-14T15:30:00.000Z",
        locale="zh-CN",
        dayBoundary="zi",
        trueSolarTime=False,
        querent={},
        version=...,
    )

    assert spelled_out.digest() == plain.digest()


def test_the_digest_is_the_same_on_every_machine_and_in_every_release() -> None:
    """It is kept with runs: a digest that moved would refuse every retry across a deployment."""
    assert read().digest() == "a11bcb603efccda0fcae3a4b2da9be68a7b885d656ff882de7215259f4bda034"


@pytest.mark.parametrize(
    "changes",
    [
        {"question": "何时离职？"},
        {"category": "general"},
        {"lines": [7, 7, 9, 7, 8, 8]},
        {"castAt": "2026-03-14T23:30:00.000001+08:00"},
        {"timezone": "Asia/Taipei"},
        {"locale": "en"},
        {"dayBoundary": "midnight"},
        *VARIANTS[1:],
    ],
)
def test_payloads_that_differ_in_meaning_differ_in_digest(changes: dict[str, Any]) -> None:
    assert read(**changes).digest() != read().digest()


def test_nothing_private_is_in_a_cast_s_name() -> None:
    cast = read(
        question="会离婚吗",
        trueSolarTime=True,
        location={"longitude": 12.34},
        querent={"birthYear": 1971},
    )

    for private in ("离婚", "12.34", "1971"):
        assert private not in repr(cast)


def test_moving_lines_are_counted_from_the_bottom() -> None:
    assert read(lines=[6, 7, 8, 8, 7, 9]).moving == (1, 6)
    assert read(lines=[8, 7, 8, 8, 7, 7]).moving == ()


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"question": "x"},
        payload(),  # never stored like this: no locale
        {**read().to_json(), "lines": [7] * 5},
        {**read().to_json(), "lines": [5] * 6},
        {**read().to_json(), "lines": None},
        {**read().to_json(), "category": "luck"},
        {**read().to_json(), "castAt": "yesterday"},
        {**read().to_json(), "castAt": 5},
        {**read().to_json(), "coins": [[2, 2]]},
        {**read().to_json(), "location": {"latitude": 1}},
        {**read().to_json(), "querent": ["female"]},
        None,
        [],
        "x",
    ],
)
def test_what_is_no_stored_cast_is_unreadable_in_one_way(stored: Any) -> None:
    with pytest.raises(CastUnreadable):
        Cast.from_json(stored)


def test_instants_are_written_in_utc_to_the_microsecond() -> None:
    eastern = timezone(timedelta(hours=8))

    assert rfc3339(datetime(2026, 1, 1, tzinfo=eastern)) == "2025-12-31T16:00:00.000000Z"
    assert rfc3339(datetime(1901, 1, 1, 0, 0, 0, 7, UTC)) == "1901-01-01T00:00:00.000007Z"
