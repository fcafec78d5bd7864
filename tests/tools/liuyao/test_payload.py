"""A payload as a whole: what it must have, and what must go together in it."""

import math
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.tools.liuyao.samples import payload, pointers, read, refusal
from tools.liuyao.cast import Location, Querent
from tools.liuyao.vocabulary import Category, DayBoundary, Gender, Locale, Method


def test_the_sample_is_read() -> None:
    cast = read()

    assert cast.question == "何时升职？"
    assert (cast.category, cast.method) == (Category.CAREER, Method.COINS)
    assert cast.lines == (7, 7, 9, 7, 8, 7)
    assert (cast.at, cast.zone) == (datetime(2026, 3, 14, 15, 30, tzinfo=UTC), "Asia/Shanghai")
    assert (cast.locale, cast.day_boundary) == (Locale.ZH_HANS, DayBoundary.ZI)
    assert (cast.coins, cast.numbers, cast.location, cast.querent) == (None, None, None, None)


@pytest.mark.parametrize("raw", [None, [], "{}", 1, 1.5, True, (), set(), object(), b"{}"])
def test_a_payload_is_an_object(raw: object) -> None:
    assert list(refusal(raw)) == [""]


@pytest.mark.parametrize("name", ["question", "category", "method", "lines", "castAt", "timezone"])
def test_required_fields(name: str) -> None:
    assert pointers(**{name: ...}) == [f"/{name}"]


@pytest.mark.parametrize(
    "name",
    [
        *("question", "category", "method", "lines", "castAt", "timezone", "version", "coins"),
        *("numbers", "locale", "dayBoundary", "trueSolarTime", "location", "querent"),
    ],
)
def test_null_is_no_value(name: str) -> None:
    refused = refusal(payload(**{name: None}))

    assert refused == {f"/{name}": "This must not be null; leave it out instead."}


@pytest.mark.parametrize("name", ["cast_at", "day_boundary", "hexagram", "", "x/y~z"])
def test_unknown_fields_are_refused_under_any_spelling(name: str) -> None:
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")

    assert pointers(**{name: 1}) == [pointer]


@pytest.mark.parametrize("version", [0, 2, -1, 1.0, "1", True, 10**30])
def test_only_version_one_is_known(version: object) -> None:
    assert pointers(version=version) == ["/version"]


def test_the_version_may_be_left_out() -> None:
    assert read(version=...) == read()


@pytest.mark.parametrize("value", [5, 10, 0, -7, True, 7.0, "7", [], math.nan, math.inf, 10**400])
def test_a_line_is_an_integer_of_six_to_nine(value: object) -> None:
    assert pointers(lines=[7, 7, 7, value, 7, 7]) == ["/lines/3"]


@pytest.mark.parametrize("lines", [[], [7] * 5, [7] * 7, "777777", {"0": 7}, 777777])
def test_there_are_six_lines(lines: object) -> None:
    assert pointers(lines=lines) == ["/lines"]


COINS = [[2, 2, 3], [3, 2, 2], [3, 3, 3], [2, 3, 2], [3, 3, 2], [2, 2, 3]]


@pytest.mark.parametrize("method", ["coins", "manual"])
def test_coins_are_kept_with_the_lines_that_they_make(method: str) -> None:
    assert read(method=method, coins=COINS).coins == tuple((a, b, c) for a, b, c in COINS)


@pytest.mark.parametrize("method", ["yarrow", "time", "number"])
def test_coins_go_only_with_throws(method: str) -> None:
    assert "/coins" in pointers(method=method, coins=COINS)


def test_coins_must_make_the_line() -> None:
    assert pointers(coins=[*COINS[:4], [2, 2, 2], *COINS[5:]]) == ["/coins/4"]


@pytest.mark.parametrize("coin", [1, 4, True, 2.0, "2"])
def test_a_coin_shows_two_or_three(coin: object) -> None:
    assert pointers(coins=[[2, coin, 3], *COINS[1:]]) == ["/coins/0/1"]


@pytest.mark.parametrize("row", [[], [2, 2], [2, 2, 3, 3], "223", 7])
def test_a_throw_is_of_three_coins(row: object) -> None:
    assert pointers(coins=[row, *COINS[1:]]) == ["/coins/0"]


@pytest.mark.parametrize("rows", [[], COINS[:5], [*COINS, [2, 2, 3]]])
def test_coins_are_thrown_six_times(rows: object) -> None:
    assert pointers(coins=rows) == ["/coins"]


NUMBERS: dict[str, Any] = {
    "method": "number",
    "numbers": [3, 8],
    "lines": [8, 8, 8, 7, 6, 7],  # 离 over 坤, 11 mod 6 = 5
}


def test_numbers_that_make_the_lines_are_kept() -> None:
    assert read(**NUMBERS).numbers == (3, 8)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"numbers": [4, 8]}, "/lines"),
        ({"numbers": ...}, "/numbers"),
        ({"numbers": [3]}, "/numbers"),
        ({"numbers": [3, 8, 1]}, "/numbers"),
        ({"numbers": [0, 8]}, "/numbers/0"),
        ({"numbers": [3, 10_000]}, "/numbers/1"),
        ({"numbers": [3, True]}, "/numbers/1"),
        ({"lines": [8, 8, 8, 7, 8, 7]}, "/lines"),
        ({"lines": [8, 8, 8, 7, 6, 9]}, "/lines"),
        ({"method": "coins"}, "/numbers"),
    ],
)
def test_numbers_that_do_not(changes: dict[str, object], where: str) -> None:
    assert pointers(**{**NUMBERS, **changes}) == [where]


# 23:30 opens the 27th of the first month in a year of 午: 7 + 1 + 27 is 离, 子 makes it 震, line 6.
BY_TIME = [7, 8, 8, 7, 8, 9]


def test_lines_that_the_moment_gives_are_taken() -> None:
    assert read(method="time", lines=BY_TIME).lines == tuple(BY_TIME)


def test_the_moment_is_one_day_earlier_where_days_open_at_midnight() -> None:
    assert pointers(method="time", lines=BY_TIME, dayBoundary="midnight") == ["/lines"]
    assert read(method="time", lines=[7, 8, 7, 7, 9, 8], dayBoundary="midnight")


@pytest.mark.parametrize(
    "lines", [[7, 8, 8, 7, 6, 7], [7, 8, 8, 7, 8, 7], [9, 8, 8, 7, 8, 9], [7, 7, 9, 7, 8, 7]]
)
def test_a_time_cast_is_worked_out_again(lines: list[int]) -> None:
    assert pointers(method="time", lines=lines) == ["/lines"]


def test_a_refused_cast_says_which_lines_were_due() -> None:
    refused = refusal(payload(method="time", lines=[7, 7, 9, 7, 8, 7]))

    assert refused == {"/lines": "From the bottom up this moment gives 7, 8, 8, 7, 8, 9."}


# Sun and querent

PLACE: dict[str, Any] = {"trueSolarTime": True, "location": {"longitude": 116.4}}


def test_a_place_is_kept_to_two_places() -> None:
    place = {"longitude": 116.39723, "latitude": -0.001}

    cast = read(trueSolarTime=True, location=place)

    assert cast.location == Location(116.4, 0.0)
    assert str(cast.location.latitude) == "0.0"


@pytest.mark.parametrize("longitude", [-180, 180, 0, 0.0])
def test_the_ends_of_the_earth(longitude: float) -> None:
    assert read(trueSolarTime=True, location={"longitude": longitude}).location


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"location": ...}, "/location"),
        ({"trueSolarTime": False}, "/location"),
        ({"trueSolarTime": ...}, "/location"),
        ({"trueSolarTime": 1}, "/trueSolarTime"),
        ({"trueSolarTime": "true"}, "/trueSolarTime"),
        ({"location": {}}, "/location/longitude"),
        ({"location": {"latitude": 1}}, "/location/longitude"),
        ({"location": {"longitude": 180.1}}, "/location/longitude"),
        ({"location": {"longitude": "116"}}, "/location/longitude"),
        ({"location": {"longitude": True}}, "/location/longitude"),
        ({"location": {"longitude": math.nan}}, "/location/longitude"),
        ({"location": {"longitude": -math.inf}}, "/location/longitude"),
        ({"location": {"longitude": 1, "latitude": 91}}, "/location/latitude"),
        ({"location": {"longitude": 1, "altitude": 1}}, "/location/altitude"),
        ({"location": [116.4]}, "/location"),
    ],
)
def test_the_sun_needs_a_place_and_nothing_else_does(
    changes: dict[str, object], where: str
) -> None:
    assert pointers(**{**PLACE, **changes}) == [where]


def test_a_querent_is_kept_as_far_as_told() -> None:
    told = read(querent={"gender": "female", "birthYear": 1990})

    assert told.querent == Querent(Gender.FEMALE, 1990)
    assert read(querent={}).querent is None


@pytest.mark.parametrize(
    ("querent", "where"),
    [
        ({"gender": "F"}, "/querent/gender"),
        ({"birthYear": 1899}, "/querent/birthYear"),
        ({"birthYear": 2027}, "/querent/birthYear"),
        ({"birthYear": 1990.0}, "/querent/birthYear"),
        ({"name": "x"}, "/querent/name"),
        ("female", "/querent"),
    ],
)
def test_what_a_querent_cannot_be(querent: object, where: str) -> None:
    assert pointers(querent=querent) == [where]


def test_every_error_is_told_at_once() -> None:
    found = pointers(question="", lines=[7, 7], timezone="X", extra=1)

    assert found == ["/extra", "/lines", "/question", "/timezone"]


def test_contradictions_are_told_beside_a_bad_moment() -> None:
    assert pointers(castAt="soon", numbers=[1, 2]) == ["/castAt", "/numbers"]


def test_every_error_is_a_sentence() -> None:
    wrong = payload(
        question="", category="x", method=1, lines=[5, True], castAt=1, version=2, locale="x"
    )

    for sentence in refusal(wrong).values():
        assert sentence[0].isupper()
        assert sentence.endswith(".")
