"""The book opens at any passage, in any of its languages, and nowhere else."""

import re

import pytest

from tools.liuyao.texts import NoSuchText, hexagram_name, passage
from tools.liuyao.vocabulary import Locale, Part

CHINESE = re.compile("[\u4e00-\u9fff]")


def test_a_line_has_its_label_its_text_and_its_image() -> None:
    line = passage(1, Part.LINE, 1)

    assert (line.label, line.text, line.image) == ("初九", "潜龙，勿用。", "潜龙勿用，阳在下也。")
    assert (line.number, line.part, line.position) == (1, Part.LINE, 1)


def test_the_same_line_in_the_other_script_and_in_english() -> None:
    traditional = passage(1, Part.LINE, 1, locale=Locale.ZH_HANT)
    english = passage(1, Part.LINE, 1, locale=Locale.EN)

    assert traditional.text == "潛龍，勿用。"
    assert english.text.startswith("In the first (or lowest) NINE, undivided,")
    assert english.image == "潛龍勿用，陽在下也。"


def test_all_passages_are_there_in_all_languages_that_have_them() -> None:
    for number in range(1, 65):
        places = [(part, None) for part in (Part.JUDGMENT, Part.IMAGE, Part.COMMENTARY)]
        for part, position in [*places, *((Part.LINE, at) for at in range(1, 7))]:
            for locale in Locale:
                found = passage(number, part, position, locale=locale)
                in_english = locale is Locale.EN and part is not Part.COMMENTARY
                assert found.text
                assert bool(CHINESE.search(found.text)) is not in_english
                assert (found.locale is Locale.EN) is in_english


def test_the_tuan_exists_only_in_chinese_and_says_so() -> None:
    assert passage(2, Part.COMMENTARY, locale=Locale.EN).locale is Locale.ZH_HANT


def test_two_hexagrams_have_a_text_for_all_lines_moving() -> None:
    assert passage(1, Part.ALL_MOVING).label == "用九"
    assert passage(2, Part.ALL_MOVING).label == "用六"
    with pytest.raises(NoSuchText):
        passage(3, Part.ALL_MOVING)


@pytest.mark.parametrize(
    ("number", "part", "position"),
    [
        (0, Part.JUDGMENT, None),
        (65, Part.JUDGMENT, None),
        (1, Part.LINE, None),
        (1, Part.LINE, 0),
        (1, Part.LINE, 7),
        (1, Part.JUDGMENT, 1),
    ],
)
def test_the_book_has_no_such_place(number: int, part: Part, position: int | None) -> None:
    with pytest.raises(NoSuchText):
        passage(number, part, position)


@pytest.mark.parametrize(
    ("number", "locale", "name", "full_name"),
    [
        (1, Locale.ZH_HANS, "乾", "乾为天"),
        (1, Locale.ZH_HANT, "乾", "乾為天"),
        (10, Locale.ZH_HANT, "履", "天澤履"),
        (30, Locale.ZH_HANT, "離", "離為火"),
        (33, Locale.ZH_HANS, "遁", "天山遁"),
        (33, Locale.ZH_HANT, "遯", "天山遯"),
        (37, Locale.ZH_HANT, "家人", "風火家人"),
        (1, Locale.EN, "Khien", "The creative heaven"),
    ],
)
def test_names(number: int, locale: Locale, name: str, full_name: str) -> None:
    found = hexagram_name(number, locale=locale)

    assert (found.name, found.full_name) == (name, full_name)


def test_no_traditional_name_keeps_a_simplified_image() -> None:
    names = "".join(hexagram_name(n, locale=Locale.ZH_HANT).full_name for n in range(1, 65))

    assert not set("泽风为随讼师谦临观贲剥复颐过离损渐归丰兑涣节济恒") & set(names) - set("剥恒")
