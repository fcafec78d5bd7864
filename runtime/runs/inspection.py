"""Runs and tool calls as a client may look at them."""

import json
from typing import Any

from runtime.clock import stamp
from runtime.web.parsing import Wire
from storage.sql.runs import RunRow
from storage.sql.tool_calls import ToolCallRow


class RunFailure(Wire):
    code: str
    message: str


class RunView(Wire):
    """One run."""

    thread_id: str
    run_id: str
    parent_run_id: str | None
    kind: str
    status: str
    price: int
    refunded: bool
    cancel_requested: bool
    error: RunFailure | None
    usage: list[dict[str, Any]] | None
    created_at: str
    started_at: str | None
    ended_at: str | None


class ToolCallView(Wire):
    """One tool call: `arguments` as it ran, or would run."""

    tool_call_id: str
    run_id: str
    name: str
    state: str
    arguments: Any
    question: str | None
    result: str | None
    error: str | None
    reason: str | None
    expires_at: str | None
    decided_at: str | None
    continued_by: str | None
    created_at: str
    started_at: str | None
    ended_at: str | None


def run_view(run: RunRow) -> RunView:
    failure = None
    if run.error_code:
        failure = RunFailure(code=run.error_code, message=run.error_message or "")
    return RunView(
        thread_id=run.session_id,
        run_id=run.id,
        parent_run_id=run.parent_run_id,
        kind=run.kind,
        status=run.status,
        price=run.price,
        refunded=run.refunded,
        cancel_requested=run.cancel_requested,
        error=failure,
        usage=json.loads(run.usage) if run.usage else None,
        created_at=stamp(run.created_at),
        started_at=_stamp(run.started_at),
        ended_at=_stamp(run.ended_at),
    )


def call_view(call: ToolCallRow) -> ToolCallView:
    return ToolCallView(
        tool_call_id=call.id,
        run_id=call.run_id,
        name=call.name,
        state=call.state,
        arguments=_arguments(call.edited_arguments or call.arguments),
        question=call.question,
        result=call.result,
        error=call.error,
        reason=call.reason,
        expires_at=_stamp(call.expires_at),
        decided_at=_stamp(call.decided_at),
        continued_by=call.continued_by,
        created_at=stamp(call.created_at),
        started_at=_stamp(call.started_at),
        ended_at=_stamp(call.ended_at),
    )


def _arguments(text: str) -> Any:
    """What the model wrote, which may be no JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _stamp(time: int | None) -> str | None:
    return None if time is None else stamp(time)
