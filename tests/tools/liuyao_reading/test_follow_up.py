"""Later questions: answered from the same chart, each with something new."""

import re

import pytest

from tests.tools.liuyao_reading.casts import CATEGORIES, MOVING, book, cast_lines, chart
from tools.liuyao.reading.follow_up import follow_up
from tools.liuyao.reading.sections import Reading
from tools.liuyao.reading.topics import aspect_in, category_in
from tools.liuyao.reading.voice import LOCALES

DERIVED = chart([7, 7, 9, 7, 8, 7], "career", at="2026-08-21T15:00:00+08:00")


def answer(question: str, locale: str = "zh-Hans", told: tuple[str, ...] = ()) -> Reading:
    return follow_up(
        DERIVED,
        question=question,
        locale=locale,
        first_question="这次能成吗？",
        category="career",
        querent=None,
        told=told,
    )


def keys(reading: Reading) -> list[str]:
    return [section.key for section in reading.sections]


def test_another_field_moves_the_focus() -> None:
    text = answer("那我的钱呢？").text()

    assert "妻财" in text
    assert keys(answer("那我的钱呢？")) == [
        "again",
        "focus",
        "tendency",
        "timing",
        "counsel",
        "limits",
    ]


def test_love_looks_at_who_asks() -> None:
    def named(gender: str) -> str:
        asked = {"question": "感情呢？", "locale": "zh-Hans", "first_question": "工作？"}
        querent = {"gender": gender}
        return follow_up(DERIVED, **asked, category="career", querent=querent, told=()).text()

    assert "女方问感情" in named("female")
    assert "男方问感情" in named("male")
    assert "没有说明" in named("other")


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ("什么时候有消息？", "when"),
        ("什麼時候有消息？", "when"),
        ("When will I hear?", "when"),
        ("对方怎么想", "other"),
        ("阻力在哪里", "obstacle"),
        ("Who can help me?", "help"),
        ("最后会怎样", "outcome"),
        ("我该怎么办", "doing"),
    ],
)
def test_the_side_that_is_asked_for_is_told(question: str, key: str) -> None:
    assert keys(answer(question))[1] == key


@pytest.mark.parametrize("locale", LOCALES)
def test_each_answer_tells_what_is_yet_untold_until_all_is_told(locale: str) -> None:
    told: list[str] = []
    seen: list[str] = []
    for _ in range(8):
        reading = answer("……", locale, tuple(told))
        seen.append(keys(reading)[1])
        told.append(reading.text())

    assert len(set(seen)) == 8
    assert seen[-1] == "all"


def test_what_was_told_may_be_given_by_key() -> None:
    assert keys(answer("……", told=("obstacle",)))[1] == "help"


@pytest.mark.parametrize(
    ("locale", "key"), [("zh-Hans", "zh_hans"), ("zh-Hant", "zh_hant"), ("en", "en")]
)
def test_a_second_cast_is_declined_in_the_words_of_the_book(locale: str, key: str) -> None:
    text = answer("再起一卦", locale).text()
    quotes = re.findall("[“「]([^”」]+)[”」]", text)

    assert any(quote in book()[3]["judgment"][key] for quote in quotes)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_chart_can_be_asked_every_side(locale: str) -> None:
    sides = (
        "嗯",
        "什么时候",
        "怎么办",
        "对方",
        "阻力",
        "谁能帮",
        "结果",
        "过程",
        "动爻",
        "换个角度",
        "身体呢",
    )
    for bits in range(0, 64, 3):
        category = CATEGORIES[bits % len(CATEGORIES)]
        derived = chart(cast_lines(bits, MOVING[bits % len(MOVING)]), category)
        for side in sides:
            text = follow_up(
                derived,
                question=side,
                locale=locale,
                first_question="问",
                category=category,
                querent=None,
                told=(),
            ).text()

            assert not re.search(r"[{}\[\]]|None(?! of)", text)
            assert locale == "en" or not re.search("[A-Za-z]", text)


def test_health_money_and_law_keep_their_limits_in_every_answer() -> None:
    later = answer("身体怎么样？", told=("obstacle", "help"))

    assert "就医" in later.sections[-1].text


def test_words_are_found_whole_in_english_and_anywhere_in_chinese() -> None:
    assert category_in("about my job?", but="love") == "career"
    assert category_in("a jobless week", but="love") is None
    assert category_in("我的感情和工作", but="general") == "love"
    assert category_in("工作", but="career") is None
    assert aspect_in("the weather") is None
    assert aspect_in("will he love me again") != "recast"
