"""What the decorator makes of a function, and what it refuses to."""

import pytest
from pydantic import BaseModel

from tests.tools.builtin.stage import context
from tools.approval import Approval
from tools.base import MissingRuntimeArgs, Tool, ToolContext, tool


class Greeting(BaseModel):
    """Arguments of the tools below."""

    name: str = "you"


def _question(args: Greeting, ctx: ToolContext) -> str:
    return f"Greet {args.name} in {ctx.locale}?"


@tool(approval=Approval.ONCE_A_SESSION, question=_question, needs=("user_id",))
async def greet(ctx: ToolContext, args: Greeting) -> str:
    """Greet someone.

    Politely,
        and without delay.
    """
    return f"{ctx.user_id} greets {args.name}"


async def test_a_function_becomes_a_tool_by_its_name_docstring_and_arguments() -> None:
    assert isinstance(greet, Tool)
    assert greet.name == "greet"
    assert greet.arguments is Greeting
    assert greet.approval is Approval.ONCE_A_SESSION
    assert greet.needs == {"user_id"}
    assert greet.asks(Greeting(name="Bob"), context(locale="en")) == "Greet Bob in en?"
    assert await greet.run(context(user_id="ann"), Greeting(name="Bob")) == "ann greets Bob"


def test_the_description_has_none_of_the_sources_indentation() -> None:
    """It costs tokens in every prompt."""
    assert greet.description == "Greet someone.\n\nPolitely,\n    and without delay."


def test_a_tool_asks_nobody_and_needs_nothing_unless_it_says_so() -> None:
    @tool()
    async def hum(ctx: ToolContext, args: Greeting) -> str:
        return f"{ctx.locale} {args.name}"

    assert hum == Tool("hum", "", Greeting, hum.run, Approval.NEVER, None, frozenset())


def test_annotations_may_be_deferred() -> None:
    """In a module with deferred annotations they are strings."""

    async def hum(ctx: "ToolContext", args: "Greeting") -> "str":
        return f"{ctx.locale} {args.name}"

    assert tool()(hum).arguments is Greeting


@pytest.mark.parametrize("approval", [Approval.EACH_CALL, Approval.ONCE_A_SESSION])
def test_a_tool_that_asks_first_has_a_question_to_ask(approval: Approval) -> None:
    with pytest.raises(TypeError, match="question"):
        tool(approval=approval)


def test_a_tool_cannot_need_what_the_runtime_does_not_have() -> None:
    """Else it would be found out at its first call."""
    with pytest.raises(TypeError, match="no wallet"):
        tool(needs=("user_id", "wallet"))


def test_a_tool_without_a_model_for_its_arguments_is_none() -> None:
    async def plain(ctx: ToolContext, args: str) -> str:
        return f"{ctx.locale} {args}"

    async def nameless(ctx: ToolContext, greeting: Greeting) -> str:
        return f"{ctx.locale} {greeting.name}"

    for function in (plain, nameless):
        with pytest.raises(TypeError, match="pydantic model"):
            tool()(function)


def test_the_schema_is_made_once() -> None:
    assert greet.schema() is greet.schema()
    assert greet.schema()["properties"]["name"]["type"] == "string"


def test_what_the_runtime_did_not_supply_is_named() -> None:
    missing = MissingRuntimeArgs("greet", ["journal", "user_id"])

    assert str(missing) == "greet needs journal, user_id from the runtime"
    assert (missing.tool, missing.names) == ("greet", ["journal", "user_id"])
