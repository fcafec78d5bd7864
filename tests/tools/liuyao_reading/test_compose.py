"""What a composed reading promises, over all hexagrams, fields and languages."""

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from itertools import combinations
from typing import Any

import pytest

from tests.tools.liuyao_reading.casts import (
    CATEGORIES,
    CHINESE,
    MOMENTS,
    MOVING,
    QUESTIONS,
    book,
    cast_lines,
    chart,
)
from tools.liuyao.reading.compose import LONGEST, compose
from tools.liuyao.reading.sections import Reading

KEYS = ["asked", "canon", "standing", "focus", "tendency", "timing", "counsel", "limits"]
BRANCH_ELEMENTS = dict(zip("子丑寅卯辰巳午未申酉戌亥", "水土木木土火火土金金土水", strict=True))
RELATIVES = {
    "siblings": "兄弟",
    "children": "子孙",
    "wealth": "妻财",
    "officials": "官鬼",
    "parents": "父母",
}
SEAT = re.compile(r"([子丑寅卯辰巳午未申酉戌亥])([木火土金水])(兄弟|子孙|妻财|官鬼|父母)")
BRANCH_WITH_ELEMENT = re.compile(r"([子丑寅卯辰巳午未申酉戌亥])([木火土金水])")
NAMED = re.compile(r"《([^》]+)》")
QUOTED = re.compile(r"[“「]([^”」]+)[”」]")
BESIDE_ENGLISH = re.compile(r"\([^()]*\)|“[^”]*”")


def charts(*, step: int = 1) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every hexagram in every field, with the patterns of movement and the moments in turn."""
    for bits in range(0, 64, step):
        for place, category in enumerate(CATEGORIES):
            for turn in range(2):
                moving = MOVING[(bits + place + turn * 4) % len(MOVING)]
                moment = MOMENTS[(bits * 3 + place + turn) % len(MOMENTS)]
                gender = (None, "female", "male")[(bits + turn) % 3]
                yield (
                    category,
                    chart(cast_lines(bits, moving), category, at=moment, gender=gender),
                )


def read(derived: dict[str, Any], category: str, locale: str) -> Reading:
    return compose(derived, question=QUESTIONS[locale], category=category, locale=locale)


Composed = list[tuple[dict[str, Any], Reading]]


@pytest.fixture(scope="module")
def composed() -> Callable[[str], Composed]:
    """All charts with their readings in a language. The tests here ask these different questions:
    they are composed for the first of them, and let go after the last.
    """
    derived = cache(lambda: list(charts()))
    return cache(lambda locale: [(cast, read(cast, field, locale)) for field, cast in derived()])


def part(reading: Reading, key: str) -> str:
    return next(section.text for section in reading.sections if section.key == key)


@pytest.mark.parametrize("locale", LONGEST)
def test_every_hexagram_in_every_field_has_all_eight_parts(
    locale: str, composed: Callable[[str], Composed]
) -> None:
    for derived, reading in composed(locale):
        text = reading.text()

        assert [section.key for section in reading.sections] == KEYS
        assert all(section.text and section.heading for section in reading.sections)
        assert not re.search(r"[{}\[\]<>]|None(?! of)", text), text
        assert len(text) <= LONGEST[locale], derived["cast"]


@pytest.mark.parametrize("locale", CHINESE)
def test_chinese_is_neither_thin_nor_mixed_with_latin(
    locale: str, composed: Callable[[str], Composed]
) -> None:
    for _, reading in composed(locale):
        text = reading.text()

        assert len(text) >= 400
        assert not re.search(r"[A-Za-z]", text), text


@pytest.mark.parametrize("moving", MOVING, ids=len)
@pytest.mark.parametrize("locale", CHINESE)
def test_the_longest_question_leaves_the_reading_within_its_length(
    locale: str, moving: tuple[int, ...]
) -> None:
    for bits in range(64):
        category = CATEGORIES[bits % 13]
        derived = chart(cast_lines(bits, moving), category, at=MOMENTS[bits % 5])

        reading = compose(derived, question="问" * 500, category=category, locale=locale)

        assert len(reading.text()) <= LONGEST[locale]


def test_english_shows_chinese_only_beside_its_own_words(
    composed: Callable[[str], Composed],
) -> None:
    for _, reading in composed("en"):
        plain = BESIDE_ENGLISH.sub("", reading.text())

        assert not re.search(r"[\u3400-\u9fff]", plain), plain


@pytest.mark.parametrize("locale", LONGEST)
def test_what_is_quoted_stands_word_for_word_in_the_book(
    locale: str, composed: Callable[[str], Composed]
) -> None:
    key = {"zh-Hans": "zh_hans", "zh-Hant": "zh_hant", "en": "en"}[locale]
    passages = set(_passages(book(), key))

    for _, reading in composed(locale):
        quotes = QUOTED.findall(part(reading, "canon") + part(reading, "counsel"))

        assert len(quotes) >= 2
        assert not [quote for quote in quotes if quote not in passages]


def _passages(node: Any, key: str) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get(key), str):
            yield node[key].rstrip()
        for child in node.values():
            yield from _passages(child, key)
    elif isinstance(node, list | tuple):
        for child in node:
            yield from _passages(child, key)


def test_every_seat_named_is_one_of_the_chart(composed: Callable[[str], Composed]) -> None:
    for derived, reading in composed("zh-Hans"):
        text = reading.text()

        named = set(SEAT.findall(text))
        pairs = set(BRANCH_WITH_ELEMENT.findall(text))

        assert named
        assert named <= _seats(derived), text
        assert all(BRANCH_ELEMENTS[branch] == element for branch, element in pairs)


def _seats(derived: dict[str, Any]) -> set[tuple[str, str, str]]:
    rows = [row for line in derived["lines"] for row in (line, line["hidden"], line["changed"])]
    return {
        (row["branch"], BRANCH_ELEMENTS[row["branch"]], RELATIVES[row["relative"]])
        for row in rows
        if row
    }


def test_every_hexagram_named_is_one_of_the_chart(composed: Callable[[str], Composed]) -> None:
    for derived, reading in composed("zh-Hans"):
        ours = {derived["primary"]["name"], (derived["changed"] or derived["primary"])["name"]}

        assert set(NAMED.findall(reading.text())) - {"小象", "大象"} <= ours


def test_month_and_day_are_named_as_they_are() -> None:
    for category, derived in charts(step=5):
        asked = part(read(derived, category, "zh-Hans"), "asked")
        pillars = derived["calendar"]["pillars"]

        assert f"月建（当月的地支，定这个月谁有力）是{pillars['month'][1]}" in asked
        assert f"日辰（当天的地支，定眼前谁得势）是{pillars['day'][1]}" in asked
        assert all(
            f"{pillars[name]}{unit}" in asked for name, unit in (("year", "年"), ("hour", "时"))
        )


@pytest.mark.parametrize("locale", LONGEST)
def test_two_casts_are_told_differently_where_they_differ(locale: str) -> None:
    casts = [
        chart(cast_lines(bits, moving), "career", at=moment)
        for bits, moving, moment in (
            (0b111111, (), MOMENTS[0]),
            (0b010001, (2,), MOMENTS[1]),
            (0b101010, (1, 6), MOMENTS[2]),
            (0b000111, (1, 2, 3), MOMENTS[3]),
        )
    ]
    readings = [read(derived, "career", locale) for derived in casts]

    for one, other in combinations(readings, 2):
        for key in KEYS[1:6]:
            assert part(one, key) != part(other, key)


@pytest.mark.parametrize("locale", LONGEST)
def test_the_same_chart_gives_the_same_bytes(locale: str) -> None:
    for category, derived in charts(step=9):
        stored = json.loads(json.dumps(derived))

        first, second = read(derived, category, locale), read(stored, category, locale)

        assert first.text().encode() == second.text().encode()


def test_reading_leaves_the_chart_as_it_was() -> None:
    derived = chart(cast_lines(0b010001, (2,)))
    before = deepcopy(derived)

    read(derived, "general", "zh-Hans")

    assert derived == before


@pytest.mark.parametrize("locale", LONGEST)
def test_a_question_may_hold_anything(locale: str) -> None:
    """Braces, brackets and percent signs are the user's own words and no template of ours."""
    question = "{0} {name} [void] %s \\1 **x**\nsecond line"

    reading = compose(
        chart(cast_lines(0b010001, (2,))), question=question, category="general", locale=locale
    )

    assert "{0} {name} [void] %s \\1 **x**" in part(reading, "asked")
    assert "\n" not in part(reading, "asked")


@pytest.mark.parametrize("locale", LONGEST)
@pytest.mark.parametrize("boundary", ["zi", "midnight"])
def test_both_day_boundaries_are_named(locale: str, boundary: str) -> None:
    at = "2026-03-14T23:30:00+08:00"
    derived = chart(cast_lines(0b010001, (2,)), at=at, day_boundary=boundary)

    asked = part(read(derived, "general", locale), "asked")

    assert re.search("零点|零點|midnight", asked)


@pytest.mark.parametrize(
    ("category", "words"),
    [
        ("health", ("就医", "doctor")),
        ("lawsuit", ("律师", "lawyer")),
        ("wealth", ("投资", "financial")),
    ],
)
def test_health_law_and_money_carry_their_limits(category: str, words: tuple[str, str]) -> None:
    derived = chart(cast_lines(0b010001, (2,)), category)

    assert words[0] in part(read(derived, category, "zh-Hans"), "limits")
    assert words[1] in part(read(derived, category, "en"), "limits")


def test_a_term_is_explained_once() -> None:
    for category, derived in charts(step=7):
        text = read(derived, category, "zh-Hans").text()

        for term in (
            "世爻（六爻",
            "应爻（对方",
            "旬空（这",
            "用神（代表",
            "动爻（正",
            "官鬼（职位",
        ):
            assert text.count(term) <= 1
