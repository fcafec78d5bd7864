"""What a user changed in a call before the yes: checked while the question is still open."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from runtime.errors import Code, FieldError, Flaw, Problem
from runtime.web.parsing import field_errors
from tools.base import Tool
from tools.runner import ArgumentsInvalid, check_arguments


def check_edit(tool: Tool, edited: Mapping[str, Any], pointer: str, now: datetime) -> None:
    """The same check as a model's arguments go through, and what the tool objects to at this time.

    Afterwards the yes would be spent on what cannot be done.
    """
    try:
        args = check_arguments(tool, edited)
    except ArgumentsInvalid as exc:
        errors = field_errors(exc.errors, edited, under=pointer)
        text = f"The tool cannot take these: {exc}."
        raise Problem(Code.AGENT_DECISION_INVALID, text, errors=errors) from None
    objections = tool.objects(args, now)
    if objections:
        refused = [
            FieldError(f"{pointer}/{name}", text, Flaw.OUT_OF_RANGE)
            for name, text in objections.items()
        ]
        text = " ".join(objections.values())
        raise Problem(Code.AGENT_DECISION_INVALID, text, errors=refused)
