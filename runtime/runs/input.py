"""The body that starts a run, as clients send it and as the API document shows it."""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from runtime.runs.frontend import MOST_TOOLS, FrontendTool
from runtime.web.parsing import Id, Wire
from tools.liuyao.fields import PayloadFields

MESSAGES_LIMIT = 1_000
EXAMPLE: dict[str, Any] = {
    "threadId": "0193a1b2-0000-7000-8000-000000000001",
    "runId": "0193a1b2-0000-7000-8000-000000000002",
    "messages": [{"id": "m1", "role": "user", "content": "Will the move go well?"}],
    "forwardedProps": {
        "runtime_mode": "divination",
        "divinationPayload": {
            "question": "Will the move go well?",
            "category": "general",
            "method": "manual",
            "lines": [7, 8, 9, 7, 7, 6],
            "castAt": "2026-11-20T09:30:00Z",
            "timezone": "Europe/Berlin",
            "locale": "en",
        },
    },
}


class ResumeEntry(Wire):
    """The answer to one interrupt."""

    interrupt_id: str = Field(max_length=200)
    status: Literal["resolved", "cancelled"]
    payload: Any = None


class ContextEntry(Wire):
    """What the app says of itself."""

    description: str
    value: str


class RunInput(Wire):
    """AG-UI's RunAgentInput; members that we do not know are ignored, as the protocol asks."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    thread_id: str = Field(description="The session, named by the client: a UUID.")
    run_id: Id = Field(description="The run, named by the client; the same one is the same run.")
    messages: list[Any] = Field(
        default_factory=list,
        max_length=MESSAGES_LIMIT,
        description="AG-UI's messages; the last of the user's is the new one.",
    )
    forwarded_props: Any = Field(
        default=None,
        description="`runtime_mode` is `divination` or `follow_up`; `divinationPayload` is a "
        "[DivinationPayload](#divinationpayload).",
    )
    protocol_version: str | None = None
    parent_run_id: str | None = None
    state: Any = None
    tools: list[FrontendTool] | None = Field(default=None, max_length=MOST_TOOLS)
    context: list[ContextEntry] | None = None
    resume: list[ResumeEntry] | None = Field(
        default=None, max_length=64, description="Answers to the interrupts of the run before."
    )


def payload_schemas() -> dict[str, Any]:
    """The cast within `forwardedProps`, and what it leads to, as components of the document."""
    schema = PayloadFields.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs"), "DivinationPayload": schema}
