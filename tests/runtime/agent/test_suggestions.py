"""Which questions may be offered: harmless, short, each once, whatever a model wrote."""

import pytest

from runtime.agent.models.base import Suggested, Usage
from runtime.agent.models.fallback import FallbackModel
from runtime.agent.suggestions import offerable
from tests.support.prompts import ToldModel, prompt

FIRST, SECOND = Usage(model="first"), Usage(model="second")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("  When\n\twill  it be? ", "When will it be?"),
        ("\u202eWhen?\u202c", "When?"),
        ("\x1b[31mWhen?\x00\x07", "[31mWhen?"),
        ("\ufeffWhen?\u200b", "When?"),
        ("👩\u200d👧?", "👩\u200d👧?"),
    ],
)
def test_what_hides_or_turns_text_is_taken_out(written: str, shown: str) -> None:
    assert offerable([written], asked=[], most=2) == [shown]


@pytest.mark.parametrize("written", ["", " \n", "\u202e", "x" * 81, "why " * 2_500])
def test_what_is_no_short_question_is_left_out(written: str) -> None:
    assert offerable([written, "When?"], asked=[], most=2) == ["When?"]


def test_each_is_offered_once_and_none_that_was_asked() -> None:
    written = ["When?", "when? ", "Why?", "How?", "Who?"]

    assert offerable(written, asked=["why? "], most=2) == ["When?", "How?"]


async def test_a_second_model_suggests_where_the_first_has_nothing() -> None:
    first, second = ToldModel(), ToldModel()
    first.suggested = Suggested((), (FIRST,))
    second.suggested = Suggested(("When?",), (SECOND,))
    model = FallbackModel(first, second, patience_seconds=1)

    suggested = await model.suggest(prompt(), most=2, seconds=4)

    assert suggested == Suggested(("When?",), (FIRST, SECOND))
    assert (first.suggest_seconds, second.suggest_seconds) == ([2], [2])


async def test_a_first_model_that_suggests_is_the_only_one_asked() -> None:
    first, second = ToldModel(), ToldModel()
    first.suggested = Suggested(("When?",), (FIRST,))
    model = FallbackModel(first, second, patience_seconds=1)

    assert await model.suggest(prompt(), most=2, seconds=4) == first.suggested
    assert second.suggest_seconds == []
