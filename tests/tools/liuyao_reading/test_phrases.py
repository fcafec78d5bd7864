"""The tables of words: complete in each language, and alike where they must be."""

import re
from string import Formatter
from typing import Any

import pytest

from tests.tools.liuyao_reading.casts import CATEGORIES, QUESTIONS, cast_lines, chart
from tools.liuyao.reading.compose import compose
from tools.liuyao.reading.voice import LOCALES, glosses, phrases

CHINESE_ONLY = {"canon.comment", "term.linetext"}
ENGLISH_ONLY = re.compile(r"term\.(branches|branch\..|legge|legge\.plain)")
# Simplified forms that are good traditional characters as well, in another sense.
BOTH = set("后里只干于余征复几克着丑系冲向舍了台划症谷面发尽松准周制背胜回游家占云志累")
QUOTES = re.compile(r"[「《][^」》]*[」》]")


def wordings(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def test_the_two_chinese_tables_say_the_same() -> None:
    """Character for character: whoever mends one has to mend the other."""
    for table in (phrases, glosses):
        simplified, traditional = table("zh-Hans"), table("zh-Hant")

        assert simplified.keys() == traditional.keys()
        for key, value in simplified.items():
            ours = "".join(map(str, wordings(value)))
            theirs = "".join(map(str, wordings(traditional[key])))
            assert len(ours) == len(theirs), key


def test_english_has_every_phrase_that_chinese_has() -> None:
    chinese, english = phrases("zh-Hans").keys(), phrases("en").keys()

    assert chinese - english == CHINESE_ONLY
    assert all(ENGLISH_ONLY.fullmatch(key) for key in english - chinese)


@pytest.mark.parametrize("locale", ["zh-Hant", "en"])
def test_no_language_fills_a_gap_that_another_does_not_know(locale: str) -> None:
    """English may name more (the number of a hexagram); what it names, the code gives to all."""
    extra = {"number", "legge", "name", "label", "year", "branch", "symbol", "text"}
    for key, value in phrases("zh-Hans").items():
        if key in phrases(locale):
            gaps = {name for text in wordings(value) for name in _gaps(text)}
            theirs = {name for text in wordings(phrases(locale)[key]) for name in _gaps(text)}
            assert theirs ^ gaps <= extra, key


def _gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_term_that_is_used_is_defined(locale: str) -> None:
    table = phrases(locale)
    for value in table.values():
        for text in wordings(value):
            for term in re.findall(r"\[([^\]]+)\]", text):
                assert len(table[f"term.{term}"]) == 2


@pytest.mark.parametrize("locale", LOCALES)
def test_every_hexagram_and_line_has_plain_words(locale: str) -> None:
    table = glosses(locale)

    assert list(table) == [str(number) for number in range(1, 65)]
    for number, row in table.items():
        assert row["theme"]
        assert row["image"]
        assert len(row["lines"]) == 6
        assert all(line.endswith(("。", ".", "?")) for line in row["lines"])
        assert ("all" in row) == (number in {"1", "2"})


@pytest.mark.parametrize("locale", LOCALES)
def test_every_field_has_its_words(locale: str) -> None:
    table = phrases(locale)
    for category in CATEGORIES:
        assert {f"counsel.{category}.{way}" for way in ("for", "even", "against")} <= table.keys()
        assert f"why.{category}" in table


def simplified_only() -> set[str]:
    found = set()
    for table in (phrases, glosses):
        simplified, traditional = str(table("zh-Hans")), str(table("zh-Hant"))
        pairs = zip(simplified, traditional, strict=True)
        found |= {ours for ours, theirs in pairs if ours != theirs}
    return found - BOTH


def test_traditional_readings_hold_no_simplified_character() -> None:
    forbidden = simplified_only()
    assert len(forbidden) > 400

    for bits in range(64):
        category = CATEGORIES[bits % len(CATEGORIES)]
        derived = chart(cast_lines(bits, (1 + bits % 6,)), category)
        question = QUESTIONS["zh-Hant"]
        text = compose(derived, question=question, category=category, locale="zh-Hant").text()
        text = QUOTES.sub("", text)  # the book writes 无 and 于 of old

        assert not forbidden & set(text), forbidden & set(text)


def test_traditional_tables_hold_no_simplified_character() -> None:
    forbidden = simplified_only()

    assert not forbidden & set(str(phrases("zh-Hant")))
    assert not forbidden & set(str(glosses("zh-Hant")))
