"""Open calls as AG-UI's interrupts: what is asked, how it may be answered, and until when."""

from collections.abc import Mapping, Sequence
from typing import Any

from runtime.clock import stamp
from storage.sql.tool_calls import ToolCallRow
from tools.base import Tool

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
    interrupt: dict[str, Any] = {
        "id": interrupt_id(call),
        "reason": "tool_call",
        "toolCallId": call.id,
        "responseSchema": {"type": "object", "properties": properties, "required": ["approved"]},
    }
    if call.question:
        interrupt["message"] = call.question
    if call.expires_at:
        interrupt["expiresAt"] = stamp(call.expires_at)
    return interrupt
