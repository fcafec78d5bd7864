"""The AG-UI 1.0 events that we speak, as schemas for the API document and for our own tests."""

from typing import Any

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_OBJECT: Schema = {"type": "object"}
_LIST: Schema = {"type": "array", "items": {"type": "object"}}
_WHOLE: Schema = {"type": "integer", "minimum": 0}

# type → (required members, optional members); every event may carry a `timestamp`.
EVENTS: dict[str, tuple[dict[str, Schema], dict[str, Schema]]] = {
    "RUN_STARTED": (
        {"threadId": _TEXT, "runId": _TEXT, "protocolVersion": {"const": "1.0"}},
        {"parentRunId": _TEXT},
    ),
    "RUN_FINISHED": (
        {
            "threadId": _TEXT,
            "runId": _TEXT,
            "outcome": {
                "type": "object",
                "required": ["type"],
                "properties": {
                    "type": {"enum": ["success", "interrupt", "cancelled"]},
                    "interrupts": _LIST,
                    "pendingToolCallIds": {"type": "array", "items": _TEXT},
                },
            },
        },
        {"result": _OBJECT, "usage": _LIST, "metadata": _OBJECT},
    ),
    "RUN_ERROR": ({"message": _TEXT, "code": _TEXT}, {}),
    "TEXT_MESSAGE_START": ({"messageId": _TEXT, "role": {"const": "assistant"}}, {}),
    "TEXT_MESSAGE_CONTENT": ({"messageId": _TEXT, "delta": _TEXT}, {}),
    "TEXT_MESSAGE_END": ({"messageId": _TEXT}, {}),
    "TOOL_CALL_START": (
        {"toolCallId": _TEXT, "toolCallName": _TEXT, "parentMessageId": _TEXT},
        {},
    ),
    "TOOL_CALL_ARGS": ({"toolCallId": _TEXT, "delta": _TEXT}, {}),
    "TOOL_CALL_END": ({"toolCallId": _TEXT}, {}),
    "TOOL_CALL_RESULT": (
        {
            "messageId": _TEXT,
            "toolCallId": _TEXT,
            "content": _TEXT,
            "role": {"const": "tool"},
            "metadata": _OBJECT,
        },
        {},
    ),
    "STATE_SNAPSHOT": ({"snapshot": _OBJECT}, {}),
    "STATE_DELTA": ({"delta": _LIST}, {}),
    "MESSAGES_SNAPSHOT": ({"messages": _LIST}, {}),
    "ACTIVITY_SNAPSHOT": ({"messageId": _TEXT, "activityType": _TEXT, "content": _OBJECT}, {}),
    "ACTIVITY_DELTA": ({"messageId": _TEXT, "activityType": _TEXT, "patch": _LIST}, {}),
    "CUSTOM": (
        {
            "name": {"const": "eryao.suggestions"},
            "value": {
                "type": "object",
                "required": ["questions"],
                "properties": {
                    "questions": {
                        "type": "array",
                        "items": {"type": "string", "minLength": 1, "maxLength": 80},
                    }
                },
                "additionalProperties": False,
            },
        },
        {},
    ),
    "REASONING_START": ({"messageId": _TEXT}, {}),
    "REASONING_MESSAGE_START": ({"messageId": _TEXT, "role": {"const": "reasoning"}}, {}),
    "REASONING_MESSAGE_CONTENT": ({"messageId": _TEXT, "delta": _TEXT}, {}),
    "REASONING_MESSAGE_END": ({"messageId": _TEXT}, {}),
    "REASONING_END": ({"messageId": _TEXT}, {}),
}


def event_schemas() -> dict[str, Schema]:
    """One schema for each event, and `Event` for any of them."""
    named = {_name(kind): _schema(kind) for kind in EVENTS}
    references = [{"$ref": f"#/components/schemas/{name}"} for name in named]
    return {**named, "Event": {"oneOf": references, "discriminator": {"propertyName": "type"}}}


def _name(kind: str) -> str:
    return "".join(word.capitalize() for word in kind.split("_")) + "Event"


def _schema(kind: str) -> Schema:
    required, optional = EVENTS[kind]
    return {
        "type": "object",
        "required": ["type", *required],
        "properties": {"type": {"const": kind}, **required, **optional, "timestamp": _WHOLE},
        "additionalProperties": False,
    }
