"""Identifiers."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from runtime.ids import Ids, is_uuid


class _StillClock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return 0.0


def test_new_ids_are_canonical_uuids_of_version_7() -> None:
    ids = Ids(_StillClock())

    made = [ids.new() for _ in range(200)]

    assert len(set(made)) == 200
    assert all(is_uuid(text) and UUID(text).version == 7 for text in made)
    assert all(UUID(text).variant == "specified in RFC 4122" for text in made)


def test_later_ids_sort_after_earlier_ones() -> None:
    clock = _StillClock()
    ids = Ids(clock)
    made = []
    for _ in range(50):
        made.append(ids.new())
        clock.moment += timedelta(milliseconds=1)

    assert made == sorted(made)


def test_an_id_tells_the_millisecond_it_was_made_in() -> None:
    clock = _StillClock()

    assert UUID(Ids(clock).new()).int >> 80 == int(clock.moment.timestamp() * 1000)


def test_tags_are_eight_letters_of_the_agreed_alphabet_and_differ() -> None:
    ids = Ids(_StillClock())
    tags = {ids.tag() for _ in range(500)}

    assert len(tags) == 500
    assert set("".join(tags)) == set("abcdefghijklmnopqrstuvwxyz234567")
    assert {len(tag) for tag in tags} == {8}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "01a1fd46-d2a5-7c95-ac72-c269e570a4b9\n",
        "01A1FD46-D2A5-7C95-AC72-C269E570A4B9",
        "{01a1fd46-d2a5-7c95-ac72-c269e570a4b9}",
        "01a1fd46d2a57c95ac72c269e570a4b9",
        "٠1a1fd46-d2a5-7c95-ac72-c269e570a4b9",
    ],
)
def test_only_the_canonical_spelling_is_an_id(text: str) -> None:
    assert not is_uuid(text)
