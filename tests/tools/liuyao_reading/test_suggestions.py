"""Questions to ask next: each is understood as what it was meant for, in every language."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.tools.liuyao_reading.casts import CATEGORIES, MOVING, QUESTIONS, cast_lines, chart
from tools.liuyao.reading.chart import Chart
from tools.liuyao.reading.follow_up import follow_up
from tools.liuyao.reading.intents import intent
from tools.liuyao.reading.suggestions import sides, suggestions
from tools.liuyao.reading.topics import aspect_in, category_in
from tools.liuyao.reading.voice import LOCALES

NOW = datetime(2026, 3, 14, 15, 30, tzinfo=UTC)
STILL, ONE, MANY = ((), (3,), (1, 3, 5))


def suggested(derived: dict[str, Any], locale: str, category: str = "general") -> list[str]:
    return suggestions(derived, asked=[QUESTIONS[locale]], category=category, locale=locale)


def sections_told(derived: dict[str, Any], question: str, locale: str, category: str) -> list[str]:
    reading = follow_up(
        derived,
        question=question,
        locale=locale,
        first_question=QUESTIONS[locale],
        category=category,
        querent=None,
        told=["The first reading."],
    )
    return [section.key for section in reading.sections]


@pytest.mark.parametrize("locale", LOCALES)
def test_each_suggestion_is_answered_with_the_side_that_it_asks_for(locale: str) -> None:
    """Never another field of life, nor a tool: a tap must not begin something that acts."""
    seen = set()
    for bits in range(64):
        category = CATEGORIES[bits % len(CATEGORIES)]
        derived = chart(cast_lines(bits, MOVING[bits % len(MOVING)]), category)
        meant = sides(Chart.read(derived), category)
        questions = suggested(derived, locale, category)
        assert len(questions) == len(meant)
        for side, question in zip(meant, questions, strict=True):
            assert aspect_in(question) == side
            assert category_in(question, but=category) is None
            assert intent(question, locale, NOW, "Asia/Shanghai", derived=derived) is None
            assert sections_told(derived, question, locale, category)[1] == side
            seen.add(side)

    assert seen == {"when", "obstacle", "lines", "doing", "help", "other", "outcome", "inside"}


@pytest.mark.parametrize("locale", LOCALES)
def test_suggestions_are_short_and_each_is_another(locale: str) -> None:
    for category in CATEGORIES:
        questions = suggested(chart(cast_lines(21, MANY), category), locale, category)

        assert len(set(questions)) == len(questions) >= 5
        assert all(len(question) <= 80 and "\n" not in question for question in questions)


def test_a_chart_in_which_nothing_moves_raises_no_question_of_moving_lines() -> None:
    questions = " ".join(suggested(chart(cast_lines(21, STILL)), "en"))

    assert "moving" not in questions
    assert "in the end" not in questions


def test_the_one_line_that_moves_is_named() -> None:
    derived = chart(cast_lines(21, ONE))

    assert "What does the moving line, the third line, tell me?" in suggested(derived, "en")[:2]
    assert "三爻动了，这个动爻说的是什么？" in suggested(derived, "zh-Hans")[:2]


def test_what_was_asked_is_not_suggested_again() -> None:
    derived = chart(cast_lines(21, ONE))

    once = suggestions(derived, asked=["When?"], category="general", locale="en")

    assert "When is it likely to show?" in suggested(derived, "en")
    assert "When is it likely to show?" not in once


def test_the_other_side_comes_early_where_there_is_one() -> None:
    derived = chart(cast_lines(21, ONE), "love")

    assert "How does the other side stand?" in suggested(derived, "en", "love")[:2]
    assert "How does the other side stand?" not in suggested(derived, "en")


@pytest.mark.parametrize(
    ("question", "side"),
    [("誰能幫我？", "help"), ("有什麼內情？", "inside"), ("再搖一次", "recast")],
)
def test_traditional_words_are_understood_like_simplified_ones(question: str, side: str) -> None:
    assert aspect_in(question) == side


@pytest.mark.parametrize(
    ("question", "field"), [("身體呢？", "health"), ("戀愛呢？", "love"), ("成績呢？", "study")]
)
def test_fields_are_understood_in_traditional_words(question: str, field: str) -> None:
    assert category_in(question, but="career") == field
