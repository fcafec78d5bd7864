"""What a tool is: a function with an arguments model, a policy, and a context from the runtime."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from inspect import getdoc
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel

from tools.approval import Approval
from tools.asking import shown
from tools.ports import Ports


class ToolFailed(Exception):
    """The tool could not do it; its words are for the model to read."""


class MissingRuntimeArgs(Exception):
    """The runtime did not supply what the tool needs: our mistake, never the model's."""

    def __init__(self, tool: str, names: list[str]) -> None:
        super().__init__(f"{tool} needs {', '.join(names)} from the runtime")
        self.tool = tool
        self.names = names


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolContext(Ports):
    """What a tool may touch. It comes from the runtime, never from a model's arguments."""

    call_id: str
    now: datetime
    locale: str
    timezone: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    derived: Mapping[str, Any] | None = None


ArgumentsT = TypeVar("ArgumentsT", bound=BaseModel)
Run = Callable[[ToolContext, Any], Awaitable[str]]
Question = Callable[[Any, ToolContext], str]
Objections = Callable[[Any, datetime], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as the registry holds it; `description` is what the model reads."""

    name: str
    description: str
    arguments: type[BaseModel]
    run: Run
    approval: Approval = Approval.NEVER
    question: Question | None = None
    needs: frozenset[str] = frozenset()
    objections: Objections | None = None

    def objects(self, args: BaseModel, now: datetime) -> Mapping[str, str]:
        """What it would fail for at this time, by the argument at fault; nothing where it may go.

        Asked before a user's changes are taken, so that a yes is not spent on what cannot be done.
        """
        return self.objections(args, now) if self.objections else {}

    def asks(self, args: BaseModel, context: ToolContext) -> str:
        """What the user is asked about this call, whatever a model put into its arguments."""
        return shown(self.question(args, context)) if self.question else ""

    def schema(self) -> dict[str, Any]:
        """The JSON schema of the arguments, one and the same object each time."""
        return _schema_of(self.arguments)


# Every prompt has the schemas of all tools, and making one takes a quarter of a millisecond.
@cache
def _schema_of(arguments: type[BaseModel]) -> dict[str, Any]:
    return arguments.model_json_schema(by_alias=True)


def tool(
    *,
    approval: Approval = Approval.NEVER,
    question: Callable[[ArgumentsT, ToolContext], str] | None = None,
    needs: tuple[str, ...] = (),
    objections: Callable[[ArgumentsT, datetime], Mapping[str, str]] | None = None,
) -> Callable[[Callable[[ToolContext, ArgumentsT], Awaitable[str]]], Tool]:
    """Make a tool of `async def name(ctx, args: Model) -> str`; its docstring is the description.

    `question` puts a call to the user, in the user's language, where the policy asks first.
    `needs` names the fields of the context without which the tool must not run.
    `objections` says of arguments that fit the model why they cannot be carried out now.
    """
    if approval is not Approval.NEVER and question is None:
        raise TypeError("a tool that asks first needs its question")
    if unknown := set(needs) - {field.name for field in fields(ToolContext)}:
        raise TypeError(f"the runtime has no {', '.join(sorted(unknown))} for a tool")

    def wrap(function: Callable[[ToolContext, ArgumentsT], Awaitable[str]]) -> Tool:
        model = _arguments_of(function)
        description = getdoc(function) or ""
        name = function.__name__
        required = frozenset(needs)
        return Tool(name, description, model, function, approval, question, required, objections)

    return wrap


def _arguments_of(function: Callable[..., object]) -> type[BaseModel]:
    # Resolved, as the annotations of a module with deferred ones are strings.
    model = get_type_hints(function).get("args")
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise TypeError(f"{function.__name__} needs a parameter `args` of a pydantic model")
    return model
