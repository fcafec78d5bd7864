"""Passages of the book, quoted word for word."""

import json
from collections import Counter
from importlib.resources import files
from itertools import product
from typing import Any, get_args

import pytest

from tests.tools.builtin.stage import call, context, told
from tools.approval import Approval, CallState
from tools.builtin.texts import LocaleName, PartName, look_up_text
from tools.liuyao.vocabulary import Locale, Part
from tools.runner import ArgumentsInvalid

BOOK: list[dict[str, Any]] = json.loads(
    files("tools.liuyao").joinpath("zhouyi.json").read_text("utf-8")
)["hexagrams"]


async def test_a_line_is_quoted_with_its_label_and_small_image() -> None:
    answer = await told(look_up_text, number=1, part="line", position=1)

    assert answer == {
        "number": 1,
        "symbol": "䷀",
        "name": "乾",
        "fullName": "乾为天",
        "part": "line",
        "position": 1,
        "label": "初九",
        "locale": "zh-Hans",
        "text": "潜龙，勿用。",
        "image": "潜龙勿用，阳在下也。",
    }


async def test_the_language_is_the_sessions_unless_another_is_asked_for() -> None:
    traditional = context(locale="zh-Hant")

    assert (await told(look_up_text, traditional, number=1, part="line", position=1))["text"] == (
        "潛龍，勿用。"
    )
    asked = await told(look_up_text, traditional, number=4, part="judgment", locale="en")
    assert asked["locale"] == "en"
    assert asked["text"] == BOOK[3]["judgment"]["en"]


async def test_an_argument_of_null_is_one_left_out() -> None:
    """Models send null for what they do not use."""
    answer = await told(look_up_text, number=4, part="image", position=None, locale=None)

    assert answer["text"] == BOOK[3]["image"]["zh_hans"]


async def test_what_has_no_english_is_given_in_chinese_and_says_so() -> None:
    answer = await told(look_up_text, number=3, part="commentary", locale="en")

    assert answer["locale"] == "zh-Hant"
    assert answer["text"] == BOOK[2]["commentary"]["zh_hant"]


async def test_every_combination_is_quoted_verbatim_or_refused_in_a_sentence() -> None:
    written = json.dumps(BOOK, ensure_ascii=False)
    came_to: Counter[CallState] = Counter()
    positions = [None, *range(1, 7)]

    for number, part, position, locale in product(range(1, 65), Part, positions, Locale):
        answer = await call(
            look_up_text, number=number, part=part, position=position, locale=locale
        )
        came_to[answer.state] += 1
        if answer.state is CallState.COMPLETED:
            assert json.dumps(json.loads(answer.content)["text"], ensure_ascii=False) in written
        else:
            assert answer.content.startswith("There is no such text: ")

    # Three parts and six lines of 64 hexagrams, and 用九 and 用六, in three languages.
    assert came_to[CallState.COMPLETED] == (64 * 9 + 2) * 3
    assert came_to.total() == 64 * 5 * 7 * 3


@pytest.mark.parametrize(
    "arguments",
    [
        {"number": 3, "part": "line"},
        {"number": 3, "part": "image", "position": 3},
        {"number": 3, "part": "allMoving"},
        {"number": 1, "part": "allMoving", "position": 1},
    ],
)
async def test_a_wrong_combination_is_an_answer_that_the_model_can_learn_from(
    arguments: dict[str, object],
) -> None:
    answer = await call(look_up_text, **arguments)

    assert answer.state is CallState.FAILED
    assert answer.content.endswith(".")


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": 0},
        {"number": 65},
        {"number": True},
        {"number": 1.0},
        {"number": "1"},
        {"position": 0},
        {"position": 7},
        {"position": True},
        {"part": "lines"},
        {"locale": "fr"},
        {"userId": "someone"},
    ],
)
async def test_arguments_outside_their_bounds_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ArgumentsInvalid, match=next(iter(wrong))):
        await call(look_up_text, **{"number": 1, "part": "line", "position": 1, **wrong})


def test_it_knows_every_part_and_language_of_the_book() -> None:
    assert set(get_args(PartName)) == {part.value for part in Part}
    assert set(get_args(LocaleName)) == {locale.value for locale in Locale}


def test_it_asks_nobody_and_needs_nothing() -> None:
    assert look_up_text.approval is Approval.NEVER
    assert not look_up_text.needs
