"""A document says what the wire says it must, and says it in the same bytes every time."""

import json
import timeit
from typing import Any

import pytest

from tests.tools.liuyao.samples import cast_of, read
from tools.liuyao.cast import Location
from tools.liuyao.derive import derive
from tools.liuyao.vocabulary import DayBoundary


def test_the_parts_stand_in_the_order_of_the_wire() -> None:
    assert list(derive(read())) == [
        *("version", "engine", "cast", "calendar", "primary", "changed", "nuclear", "opposite"),
        *("reversed", "lines", "patterns", "focus", "texts"),
    ]


def test_the_same_cast_gives_the_same_bytes() -> None:
    assert json.dumps(derive(read())) == json.dumps(derive(read()))


def test_a_document_belongs_to_its_caller() -> None:
    """Whoever writes into one must not write into the next."""
    before = json.dumps(derive(read()))
    doc = derive(read())

    for part in doc.values():
        if isinstance(part, dict):
            part.clear()
    for line in doc["lines"]:
        line.clear()

    assert json.dumps(derive(read())) == before


def test_a_document_is_json_and_small() -> None:
    doc = derive(cast_of(9, 9, 9, 6, 6, 6))

    assert json.loads(json.dumps(doc)) == doc
    assert len(json.dumps(doc, ensure_ascii=False).encode()) < 6000


def test_neither_question_nor_place_nor_querent_is_in_it() -> None:
    written = json.dumps(
        derive(
            read(
                question="会离婚吗",
                trueSolarTime=True,
                location={"longitude": 12.34},
                querent={"birthYear": 1971, "gender": "female"},
            )
        ),
        ensure_ascii=False,
    )

    for private in ("离婚", "12.34", "1971", "female"):
        assert private not in written


def test_the_engine_names_its_conventions() -> None:
    assert derive(read(dayBoundary="midnight"))["engine"] == {
        "name": "liuyao",
        "version": "1.0.0",
        "conventions": {
            "dayBoundary": "midnight",
            "yearStart": "lichun",
            "terms": "instant",
            "clock": "local",
            "changedRelatives": "primaryPalace",
        },
    }


def test_what_was_cast_and_when() -> None:
    assert derive(read())["cast"] == {
        "method": "coins",
        "category": "career",
        "lines": [7, 7, 9, 7, 8, 7],
        "castAt": "2026-03-14T15:30:00.000000Z",
        "localTime": "2026-03-14T23:30:00+08:00",
        "timezone": "Asia/Shanghai",
        "solarTime": None,
    }


def test_a_zone_that_kept_local_mean_time_says_its_seconds() -> None:
    doc = derive(cast_of(at="1930-01-01T12:00:00+00:00", zone="Africa/Monrovia"))

    assert doc["cast"]["localTime"] == "1930-01-01T11:15:30-00:44:30"


def test_the_terms_around_a_moment() -> None:
    calendar = derive(read())["calendar"]

    assert calendar["term"] == {
        "code": "jingzhe",
        "name": "惊蛰",
        "startedAt": "2026-03-05T13:59:00.000000Z",
    }
    assert calendar["nextTerm"] == {
        "code": "chunfen",
        "name": "春分",
        "startedAt": "2026-03-20T14:45:59.000000Z",
    }


@pytest.mark.parametrize(
    ("at", "near"),
    [
        ("2026-03-05T13:56:59+00:00", False),
        ("2026-03-05T13:57:00+00:00", True),
        ("2026-03-05T14:01:00+00:00", True),
        ("2026-03-05T14:01:01+00:00", False),
    ],
)
def test_a_moment_near_a_term_is_marked(at: str, *, near: bool) -> None:
    assert derive(cast_of(at=at))["calendar"]["nearTermBoundary"] is near


def test_the_sun_may_say_another_day_than_the_clock() -> None:
    """In Kashgar Beijing's clock is three hours ahead of the sun: 23:30 is early evening there."""
    sun = Location(75.99)
    at = "2026-03-14T15:30:00+00:00"

    by_clock = derive(cast_of(at=at, zone="Asia/Shanghai"))
    by_sun = derive(cast_of(at=at, zone="Asia/Shanghai", location=sun))

    assert by_sun["cast"]["solarTime"] == "2026-03-14T20:24:13"
    assert by_clock["calendar"]["pillars"]["day"] == "戊子"
    assert by_sun["calendar"]["pillars"]["day"] == "丁亥"
    assert by_sun["calendar"]["pillars"]["hour"] == "庚戌"
    assert by_sun["calendar"]["pillars"]["month"] == by_clock["calendar"]["pillars"]["month"]


def test_the_day_boundary_moves_spirits_and_void() -> None:
    at = "2026-03-14T23:30:00+00:00"  # 丁亥, and 戊子 from 23:00

    zi = derive(cast_of(at=at))
    midnight = derive(cast_of(at=at, day_boundary=DayBoundary.MIDNIGHT))

    assert zi["calendar"]["pillars"]["day"] != midnight["calendar"]["pillars"]["day"]
    assert zi["lines"][0]["spirit"] != midnight["lines"][0]["spirit"]


def test_a_cast_at_rest_changes_into_nothing() -> None:
    doc = derive(cast_of(7, 7, 7, 7, 7, 7))

    assert doc["changed"] is None
    assert all(line["changed"] is None for line in doc["lines"])
    assert doc["patterns"]["static"] is True


def effects(*lines: int, at: str) -> list[tuple[str, str, bool, str]]:
    doc = derive(cast_of(*lines, at=at))
    return [
        (line["branch"], line["monthPhase"], line["moving"], line["dayEffect"])
        for line in doc["lines"]
        if line["dayClash"]
    ]


def test_the_day_wakes_a_strong_line_and_breaks_a_weak_one() -> None:
    """On 丁亥 of the month of 卯 the line of 巳 is strong: wood feeds fire."""
    assert effects(7, 7, 7, 7, 8, 7, at="2026-03-14T12:00:00+00:00") == [
        ("巳", "strong", False, "hiddenMove")
    ]
    # 己酉 in the month of 辰 clashes with 卯, wood past its season.
    assert effects(8, 8, 8, 8, 8, 8, at="2026-04-05T12:00:00+00:00") == [
        ("卯", "trapped", False, "dayBreak")
    ]


def test_a_clash_on_a_moving_line_is_only_told() -> None:
    assert effects(7, 7, 7, 7, 8, 9, at="2026-03-14T12:00:00+00:00") == [
        ("巳", "strong", True, "none")
    ]


def test_labels_are_those_of_the_book() -> None:
    labels = [line["label"] for line in derive(cast_of(7, 8, 9, 6, 7, 8))["lines"]]

    assert labels == ["初九", "六二", "九三", "六四", "九五", "上六"]


def test_a_chart_takes_far_less_than_a_millisecond() -> None:
    """About 40 µs on a quiet machine; the bound only catches work done again on every call."""
    cast: Any = read(lines=[9, 9, 9, 6, 6, 6])
    derive(cast)

    best = min(timeit.repeat(lambda: derive(cast), number=200, repeat=5)) / 200

    assert best < 0.001
