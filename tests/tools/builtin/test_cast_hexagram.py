"""Casting by chance, once a question."""

import json
from collections import Counter
from itertools import cycle, product
from random import Random
from typing import Any

import pytest

from tests.tools.builtin.stage import call, chart, context
from tools.approval import Approval, CallState
from tools.builtin.cast_hexagram import THROWS, cast_hexagram, throw_yarrow
from tools.builtin.rendering import render_chart
from tools.liuyao.texts import passage
from tools.liuyao.vocabulary import Locale, Part
from tools.runner import ArgumentsInvalid

THROWN = {"coins": "coins", "yarrow": "divisions"}


class Dictated(Random):
    """Chance that picks by places given to it, again and again."""

    def __init__(self, places: tuple[int, ...]) -> None:
        super().__init__()
        self._places = cycle(places)

    def choice(self, among: Any) -> Any:
        return among[next(self._places)]


@pytest.mark.parametrize("method", THROWS)
async def test_the_lines_are_the_sums_of_what_fell(method: str) -> None:
    answer = await call(cast_hexagram, method=method)

    record = json.loads(answer.content.split("\n\n")[0])
    fell = record[THROWN[method]]
    assert record["method"] == method
    assert [len(row) for row in fell] == [3] * 6
    assert {face for row in fell for face in row} <= {2, 3}
    assert record["lines"] == [sum(row) for row in fell]


@pytest.mark.parametrize("method", THROWS)
async def test_the_chart_is_that_of_these_lines_now_in_the_users_zone(method: str) -> None:
    answer = await call(cast_hexagram, context(timezone="Asia/Taipei"), method=method)

    record, rendered = answer.content.split("\n\n")
    told = json.loads(record)
    assert told["castAt"] == "2026-11-20T12:00:00.000000Z"
    assert told["timezone"] == "Asia/Taipei"
    expected = chart(
        lines=told["lines"], castAt=told["castAt"], timezone="Asia/Taipei", category="general"
    )
    assert rendered == render_chart(expected).replace("方法 coins", f"方法 {method}")


async def test_without_a_zone_the_clock_is_that_of_shanghai() -> None:
    answer = await call(cast_hexagram, method="coins")

    assert '"timezone": "Asia/Shanghai"' in answer.content
    assert "2026-11-20T20:00:00+08:00" in answer.content


async def test_chance_decides() -> None:
    """Twenty casts that all fall alike would be a miracle: one in 4^114 or so."""
    casts = {(await call(cast_hexagram, method="coins")).content for _ in range(20)}

    assert len(casts) > 1


def test_yarrow_lines_fall_with_the_odds_of_the_stalks() -> None:
    """Old yin 1, young yang 5, young yin 7, old yang 3 in sixteen; coins would be 2, 6, 6, 2."""
    equally_likely = product(range(4), range(2), range(2))

    fell = Counter(throw_yarrow(Dictated(picks)).lines[0] for picks in equally_likely)

    assert fell == {6: 1, 7: 5, 8: 7, 9: 3}


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("method", THROWS)
async def test_a_second_cast_is_refused_with_the_books_own_reason(
    locale: Locale, method: str
) -> None:
    answer = await call(cast_hexagram, context(derived=chart(), locale=locale.value), method=method)

    assert answer.state is CallState.FAILED
    assert passage(4, Part.JUDGMENT, locale=locale).text in answer.content


def test_the_reason_is_that_asking_again_and_again_is_an_offence() -> None:
    assert "再三渎" in passage(4, Part.JUDGMENT).text


@pytest.mark.parametrize("wrong", ["time", "number", "manual", "", "COINS", None, 1, True])
async def test_only_methods_of_chance_are_taken(wrong: object) -> None:
    with pytest.raises(ArgumentsInvalid, match="method"):
        await call(cast_hexagram, method=wrong)


async def test_a_model_cannot_choose_what_falls() -> None:
    with pytest.raises(ArgumentsInvalid, match="lines"):
        await call(cast_hexagram, method="coins", lines=[9, 9, 9, 9, 9, 9])


def test_it_asks_nobody_and_needs_nothing() -> None:
    assert cast_hexagram.approval is Approval.NEVER
    assert not cast_hexagram.needs
