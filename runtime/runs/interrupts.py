"""Open calls as AG-UI's interrupts: what is asked, how it may be answered, and until when."""

from collections.abc import Mapping, Sequence
from typing import Any

from runtime.clock import stamp
from runtime.runs.parts import VENDOR
from storage.sql.tool_calls import ToolCallRow
from tools.base import Tool
from tools.runner import ArgumentsInvalid, check_arguments

INTERRUPT = "int-"


def interrupt_id(call: ToolCallRow) -> str:
    return INTERRUPT + call.id


def interrupts_of(calls: Sequence[ToolCallRow], tools: Mapping[str, Tool]) -> list[dict[str, Any]]:
    """Open calls as AG-UI's interrupts."""
    return [_interrupt(call, tools.get(call.name)) for call in calls]


def _interrupt(call: ToolCallRow, tool: Tool | None) -> dict[str, Any]:
    properties: dict[str, Any] = {"approved": {"type": "boolean"}, "reason": {"type": "string"}}
    if tool is not None:
        properties["editedArgs"] = tool.schema()
    asked = {"toolName": call.name, "arguments": _arguments(call, tool)}
    interrupt: dict[str, Any] = {
        "id": interrupt_id(call),
        "reason": "tool_call",
        "toolCallId": call.id,
        "responseSchema": {"type": "object", "properties": properties, "required": ["approved"]},
        "metadata": {VENDOR: asked},
    }
    if call.question:
        interrupt["message"] = call.question
    if call.expires_at:
        interrupt["expiresAt"] = stamp(call.expires_at)
    return interrupt


def _arguments(call: ToolCallRow, tool: Tool | None) -> dict[str, Any]:
    """What a yes would carry out: with the defaults that the model left out."""
    if tool is None:
        return {}
    try:
        args = check_arguments(tool, call.arguments)
    except ArgumentsInvalid:
        # The tool has changed since it was called.
        return {}
    return args.model_dump(mode="json", by_alias=True, exclude_none=True)
