"""Runs one tool call: arguments checked, context complete, time and output bounded."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import anyio
from pydantic import BaseModel, ValidationError

from tools.approval import CallState
from tools.base import MissingRuntimeArgs, Tool, ToolContext, ToolFailed

OUTPUT_LIMIT = 16_384
COMPLAINT_LIMIT = 1_000


class ArgumentsInvalid(Exception):
    """The arguments do not fit the tool; the text says where, for the model or the user.

    `errors` are pydantic's own, for those who tell each at its place.
    """

    def __init__(self, complaint: str, errors: Sequence[Any] = ()) -> None:
        super().__init__(complaint)
        self.errors = errors


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What a call came to: the words that the model reads, and the state they stand for."""

    state: CallState
    content: str


def check_arguments(tool: Tool, arguments: str | Mapping[str, Any]) -> BaseModel:
    """The arguments as the tool's own model, whether a model wrote them or a user edited them."""
    # All go in as JSON: a strict model reads dates and enumerations only from there.
    text = arguments if isinstance(arguments, str) else json.dumps(dict(arguments))
    try:
        return tool.arguments.model_validate_json(text or "{}")
    except ValidationError as exc:
        wrong = exc.errors(include_url=False, include_input=False)
        complaint = "; ".join(f"{_place(error['loc'])}: {error['msg']}" for error in wrong)
        # Names that do not belong are in it, and those may be as long as a model likes.
        raise ArgumentsInvalid(complaint[:COMPLAINT_LIMIT], wrong) from None


def check_context(tool: Tool, context: ToolContext) -> None:
    missing = sorted(name for name in tool.needs if getattr(context, name) is None)
    if missing:
        raise MissingRuntimeArgs(tool.name, missing)


async def run_tool(
    tool: Tool, context: ToolContext, args: BaseModel, *, seconds: float
) -> ToolAnswer:
    """The tool's answer; its failures and its silence are answers too, so that a run goes on."""
    check_context(tool, context)
    try:
        with anyio.fail_after(seconds):
            content: object = await tool.run(context, args)
    except TimeoutError:
        return ToolAnswer(CallState.FAILED, f"The tool took longer than {seconds:g} seconds.")
    except ToolFailed as failure:
        return ToolAnswer(CallState.FAILED, str(failure)[:OUTPUT_LIMIT])
    if not isinstance(content, str):
        # Other people's tools may promise what they like.
        return ToolAnswer(CallState.FAILED, f"{tool.name} gave no text.")
    if len(content) > OUTPUT_LIMIT:
        content = content[:OUTPUT_LIMIT] + " […]"
    return ToolAnswer(CallState.COMPLETED, content)


def _place(location: tuple[int | str, ...]) -> str:
    return "/".join(str(step) for step in location) or "arguments"
