"""One tool call: what is refused before it, and what each way of going wrong comes to."""

import json
from datetime import date
from enum import StrEnum
from typing import Annotated

import anyio
import pytest
from pydantic import BaseModel, ConfigDict, Field

from tests.tools.builtin.stage import context
from tools.approval import Approval, CallState
from tools.base import MissingRuntimeArgs, Tool, ToolContext, ToolFailed
from tools.runner import (
    COMPLAINT_LIMIT,
    OUTPUT_LIMIT,
    ArgumentsInvalid,
    ToolAnswer,
    check_arguments,
    check_context,
    run_tool,
)


class Mood(StrEnum):
    """An enumeration among the arguments."""

    CALM = "calm"


class Order(BaseModel):
    """Strict and closed arguments of many types."""

    model_config = ConfigDict(strict=True, extra="forbid")

    count: Annotated[int, Field(ge=1, le=9)] = 1
    words: str = ""
    day: date | None = None
    mood: Mood | None = None
    lines: list[int] = []


class Waiter:
    """Does one thing when called, and remembers the calls."""

    def __init__(
        self, *, says: str | None = None, fails: Exception | None = None, hangs: bool = False
    ) -> None:
        self._says = says
        self._fails = fails
        self._hangs = hangs
        self.calls: list[Order] = []

    async def run(self, ctx: ToolContext, args: Order) -> str:
        self.calls.append(args)
        if self._hangs:
            await anyio.sleep_forever()
        if self._fails:
            raise self._fails
        return args.words * args.count if self._says is None else self._says


def order(waiter: Waiter | None = None, *, needs: frozenset[str] = frozenset()) -> Tool:
    """Return a tool with these arguments that does what its waiter does."""
    run = (waiter or Waiter()).run
    return Tool("order", "", Order, run, Approval.NEVER, None, needs)


async def answer_of(tool: Tool, *, seconds: float = 5) -> ToolAnswer:
    """Run a tool without arguments."""
    return await run_tool(tool, context(), Order(), seconds=seconds)


# --- arguments ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"words": "cut sho',
        "words=hello",
        "{'words': 'hello'}",
        '{"count": 1} {"count": 2}',
        '{"words": "\\ud800"}',
        '{"words": "\ud800"}',
        "[" * 100_000,
    ],
)
def test_bad_json_is_refused(text: str) -> None:
    with pytest.raises(ArgumentsInvalid, match=r"^arguments: "):
        check_arguments(order(), text)


@pytest.mark.parametrize("text", ["null", "[]", "7", '"words"', "true", "NaN"])
def test_arguments_that_are_no_object_are_refused(text: str) -> None:
    with pytest.raises(ArgumentsInvalid, match=r"^arguments: "):
        check_arguments(order(), text)


@pytest.mark.parametrize("text", ["", "{}"])
def test_no_arguments_are_an_empty_object(text: str) -> None:
    """Models send an empty string for a call without arguments."""
    assert check_arguments(order(), text) == Order()


@pytest.mark.parametrize(
    "wrong",
    [
        {"count": True},
        {"count": False},
        {"count": "1"},
        {"count": 1.0},
        {"count": None},
        {"count": 10},
        {"count": 10**40},
        {"words": 1},
        {"words": ["a"]},
        {"words": True},
        {"day": 0},
        {"day": True},
        {"mood": "angry"},
        {"mood": 0},
        {"lines": [True]},
        {"lines": "123"},
        {"lines": {"0": 1}},
        {"user": "bob"},
    ],
)
def test_wrong_types_and_extra_keys_are_refused_and_named(wrong: dict[str, object]) -> None:
    """However they come, from a model or from a user's edit; a bool is no number here."""
    for arguments in (wrong, json.dumps(wrong)):
        with pytest.raises(ArgumentsInvalid, match=f"^{next(iter(wrong))}[:/]"):
            check_arguments(order(), arguments)


def test_every_place_that_is_wrong_is_named() -> None:
    with pytest.raises(ArgumentsInvalid) as refused:
        check_arguments(order(), {"count": 0, "lines": [1, "2"], "user": "bob"})

    places = [complaint.split(": ")[0] for complaint in str(refused.value).split("; ")]
    assert places == ["count", "lines/1", "user"]


def test_edited_arguments_mean_what_the_same_json_means() -> None:
    """Dates and enumerations too, which a strict model takes from JSON only."""
    edited = {"count": 2, "day": "2026-11-20", "mood": "calm", "lines": [1, 2]}

    args = check_arguments(order(), edited)

    assert args == check_arguments(order(), json.dumps(edited))
    assert args == Order(count=2, day=date(2026, 11, 20), mood=Mood.CALM, lines=[1, 2])


def test_edited_arguments_with_half_a_character_are_refused() -> None:
    """They could be neither stored nor sent."""
    with pytest.raises(ArgumentsInvalid):
        check_arguments(order(), {"words": "\ud800"})


def test_a_refusal_stays_short_and_does_not_repeat_the_values() -> None:
    long_name = "x" * 100_000

    with pytest.raises(ArgumentsInvalid) as refused:
        check_arguments(order(), {"count": "a secret", long_name: 1})

    assert len(str(refused.value)) <= COMPLAINT_LIMIT
    assert "a secret" not in str(refused.value)


# --- context --------------------------------------------------------------------------------


async def test_a_tool_does_not_run_without_what_it_needs() -> None:
    waiter = Waiter()
    tool = order(waiter, needs=frozenset({"user_id", "journal", "locale"}))

    with pytest.raises(MissingRuntimeArgs) as missing:
        await answer_of(tool)

    assert missing.value.names == ["journal", "user_id"]
    assert missing.value.tool == "order"
    assert not waiter.calls


def test_a_complete_context_passes() -> None:
    check_context(order(needs=frozenset({"user_id"})), context(user_id="ann"))


# --- answers --------------------------------------------------------------------------------


async def test_what_a_tool_says_is_its_answer() -> None:
    args = check_arguments(order(), '{"words": "yes ", "count": 2}')

    answer = await run_tool(order(), context(), args, seconds=5)

    assert answer == ToolAnswer(CallState.COMPLETED, "yes yes ")


async def test_a_failure_is_an_answer() -> None:
    answer = await answer_of(order(Waiter(fails=ToolFailed("There is no such reading."))))

    assert answer == ToolAnswer(CallState.FAILED, "There is no such reading.")


async def test_silence_is_an_answer() -> None:
    answer = await answer_of(order(Waiter(hangs=True)), seconds=0.01)

    assert answer == ToolAnswer(CallState.FAILED, "The tool took longer than 0.01 seconds.")


async def test_a_bug_in_a_tool_is_not_an_answer() -> None:
    """What it means for the run is the runtime's to say."""
    with pytest.raises(ZeroDivisionError):
        await answer_of(order(Waiter(fails=ZeroDivisionError())))


@pytest.mark.parametrize(("length", "ending"), [(OUTPUT_LIMIT, ""), (OUTPUT_LIMIT + 1, " […]")])
async def test_an_oversized_answer_is_cut_and_says_so(length: int, ending: str) -> None:
    answer = await answer_of(order(Waiter(says="字" * length)))

    assert answer.state is CallState.COMPLETED
    assert answer.content == "字" * OUTPUT_LIMIT + ending


async def test_an_oversized_failure_is_cut_too() -> None:
    answer = await answer_of(order(Waiter(fails=ToolFailed("no " * OUTPUT_LIMIT))))

    assert len(answer.content) == OUTPUT_LIMIT


async def test_a_call_that_is_called_off_ends_at_once() -> None:
    """A timeout from outside is not taken for the tool's own."""
    with anyio.move_on_after(0.01) as scope:
        await answer_of(order(Waiter(hangs=True)), seconds=60)

    assert scope.cancelled_caught


@pytest.mark.parametrize("given", [None, 7, b"bytes", {"a": 1}])
async def test_an_answer_that_is_no_text_is_a_failure(given: object) -> None:
    """Other people's tools are not checked by our types."""

    async def odd(ctx: ToolContext, args: Order) -> str:
        return given  # type: ignore[return-value]

    answer = await run_tool(Tool("odd", "", Order, odd), context(), Order(), seconds=1)

    assert answer == ToolAnswer(CallState.FAILED, "odd gave no text.")
