"""The reading for others: of the chart alone, with nothing of what was asked."""

from datetime import UTC, datetime

import pytest

from tools.liuyao.derive import derive
from tools.liuyao.payload import parse_cast
from tools.liuyao.reading.compose import compose, compose_unasked
from tools.liuyao.vocabulary import Category, Locale

NOW = datetime(2026, 3, 15, tzinfo=UTC)
QUESTION = "Xiaoming?"


def chart_of(category: Category, lines: str, **more: object) -> dict[str, object]:
    payload = {
        "version": 1,
        "question": QUESTION,
        "category": category.value,
        "method": "manual",
        "lines": [int(value) for value in lines],
        "castAt": "2026-03-14T02:30:00Z",
        "timezone": "Asia/Shanghai",
        **more,
    }
    return derive(parse_cast(payload, now=NOW))


def without_rule(derived: dict[str, object]) -> dict[str, object]:
    """As a shared page keeps it."""
    focus = {name: value for name, value in dict(derived["focus"]).items() if name != "rule"}  # type: ignore[call-overload]
    return {**derived, "focus": focus}


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("lines", ["778787", "666666", "999999", "789896"])
def test_one_chart_reads_alike_whatever_was_asked(lines: str, locale: Locale) -> None:
    charts = [without_rule(chart_of(category, lines)) for category in Category]
    focus = charts[0]["focus"]

    texts = {
        compose_unasked({**chart, "focus": focus}, locale=locale.value).text() for chart in charts
    }

    assert len(texts) == 1
    assert QUESTION not in texts.pop()


def test_it_reads_the_same_line_to_the_same_verdict() -> None:
    """Strangers see less, and nothing that speaks against what the user was told."""
    derived = chart_of(Category.WEALTH, "789896")

    own = compose(derived, question=QUESTION, category="wealth", locale="en").sections
    others = compose_unasked(without_rule(derived), locale="en").sections

    assert [part.key for part in own] == [part.key for part in others]
    assert own[1] == others[1]
    assert own[5] == others[5]
    assert own[4].text.split(". ")[0] == others[4].text.split(". ")[0]


def test_a_month_that_is_here_is_not_told_as_one_to_wait_for() -> None:
    """In the month of Mao a focus of Mao was told to wait for the next spring."""
    derived = without_rule(chart_of(Category.LOVE, "787798"))

    timing = compose_unasked(derived, locale="en").sections[5].text

    assert "Mao is the present one, and comes again on Saturday 6 March 2027" in timing
