"""A second model speaks where the first has not said a word, and nowhere else."""

from collections.abc import Sequence

import anyio
import pytest

from runtime.agent.models.base import (
    ModelCut,
    ModelUnavailable,
    Piece,
    Stop,
    Text,
)
from runtime.agent.models.fallback import FallbackModel
from tests.support.prompts import ToldModel, batches_of, pieces_of, prompt, text_in, until_failure

SECOND: list[Piece] = [Text("second"), Stop()]


def pair(first: ToldModel, patience_seconds: float = 5) -> tuple[FallbackModel, ToldModel]:
    second = ToldModel(SECOND)
    return FallbackModel(first, second, patience_seconds=patience_seconds), second


async def test_a_first_model_that_answers_is_the_only_one_asked() -> None:
    batches: list[Sequence[Piece]] = [[Text("a"), Text("b")], [Stop()]]
    model, second = pair(ToldModel(*batches))

    assert await batches_of(model) == batches
    assert second.asked == []


async def test_a_second_model_is_asked_the_same_where_the_first_is_out_of_reach() -> None:
    model, second = pair(ToldModel(failure=ModelUnavailable("down")))
    asked = prompt()

    assert await pieces_of(model, asked) == SECOND
    assert second.asked == [asked]


@pytest.mark.parametrize("failure", [ModelUnavailable("gone"), ModelCut("cut")])
async def test_nobody_finishes_what_another_began(failure: Exception) -> None:
    model, second = pair(ToldModel([Text("a")], failure=failure))

    pieces, seen = await until_failure(model)

    assert (text_in(pieces), seen) == ("a", failure)
    assert second.asked == []


async def test_a_cut_before_the_first_word_is_not_gone_around() -> None:
    """Such as a filter's, which another provider should not be asked to ignore."""
    model, second = pair(ToldModel(failure=ModelCut("content_filter")))

    _, failure = await until_failure(model)

    assert isinstance(failure, ModelCut)
    assert second.asked == []


async def test_a_first_model_that_keeps_silent_is_left_in_time_for_the_second() -> None:
    first = ToldModel([Text("late")], wait=anyio.Event())
    model, _ = pair(first, patience_seconds=0.05)

    with anyio.fail_after(5):
        assert await pieces_of(model) == SECOND
    assert first.left


async def test_once_it_has_begun_the_first_model_may_take_its_time() -> None:
    """The worker's watch looks after silences; patience is for the first word."""
    go_on = anyio.Event()
    batches: list[Sequence[Piece]] = [[Text("a")], [Stop()]]
    model, second = pair(ToldModel(*batches, pause=go_on), patience_seconds=0.05)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_set_after, 0.1, go_on)

        assert await batches_of(model) == batches
    assert second.asked == []


async def _set_after(seconds: float, event: anyio.Event) -> None:
    await anyio.sleep(seconds)
    event.set()


async def test_where_both_are_out_of_reach_the_second_ones_failure_is_told() -> None:
    first = ToldModel(failure=ModelUnavailable("first"))
    second = ToldModel(failure=ModelUnavailable("second"))

    _, failure = await until_failure(FallbackModel(first, second, patience_seconds=5))

    assert str(failure) == "second"


async def test_both_are_closed() -> None:
    first = ToldModel()
    model, second = pair(first)

    await model.aclose()

    assert first.closed
    assert second.closed
