"""The client's own tools: offered to the model for one run, carried out by the client.

A run that calls one ends as a success that names the calls (`pendingToolCallIds`). The client's
next input ends with `tool` messages that answer exactly those; a new message from the user instead
leaves them unanswered.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field, field_validator

from runtime.agent.models.base import ToolSpec
from runtime.errors import Code, Problem
from runtime.ids import Ids
from runtime.runs.parts import VENDOR
from runtime.web.parsing import Wire
from storage.sql.messages import MessageRow
from storage.sql.runs import RunRow
from storage.sql.transaction import Transaction
from tools.approval import CallState

MOST_TOOLS = 16
SCHEMA_BYTES = 8 * 1024
NAME = r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$"
NO_ARGUMENTS: Mapping[str, Any] = {"type": "object", "properties": {}}
NOT_ANSWERED = "The user went on without an answer to this call."


class FrontendTool(Wire):
    """A tool as AG-UI's input describes it."""

    name: str = Field(pattern=NAME)
    description: str = Field(default="", max_length=2_000)
    parameters: dict[str, Any] | None = None

    @field_validator("parameters")
    @classmethod
    def _is_small(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if len(json.dumps(value, ensure_ascii=False).encode()) > SCHEMA_BYTES:
            raise ValueError(f"a tool's schema is {SCHEMA_BYTES} bytes at most")
        return value


@dataclass(frozen=True, slots=True)
class ToolMessage:
    """The client's answer to one call, and where it stands in the input."""

    index: int
    id: str
    call_id: str
    content: str
    error: str | None

    def body(self) -> dict[str, Any]:
        """The message as the session keeps it."""
        body = _message(self.id, self.call_id, self.content, self.state)
        return body | ({"error": self.error} if self.error else {})

    @property
    def state(self) -> CallState:
        return CallState.FAILED if self.error else CallState.COMPLETED


def check_names(tools: Sequence[FrontendTool], taken: Collection[str]) -> None:
    """A client's tool must not stand in for one of ours, which may ask first."""
    seen = set(taken)
    for index, tool in enumerate(tools):
        if tool.name in seen:
            message = f"The name {tool.name} is taken."
            raise Problem.at(Code.AGENT_RUN_INPUT_INVALID, f"/tools/{index}/name", message)
        seen.add(tool.name)


def specs_in(stored: Mapping[str, Any]) -> list[ToolSpec]:
    """The client's tools, as the run's stored input has them."""
    return [
        ToolSpec(tool["name"], tool["description"], tool["parameters"] or NO_ARGUMENTS)
        for tool in stored.get("tools", ())
    ]


def take_answers(
    tx: Transaction, session_id: str, answers: Sequence[ToolMessage], run: RunRow, ids: Ids
) -> None:
    """Store the answers to all calls that the client was handed, or refuse them whole."""
    pending = {call.id: call for call in tx.tool_calls.pending_in(session_id)}
    _refuse_unfit(answers, set(pending))
    for answer in answers:
        call = pending[answer.call_id]
        body = answer.body()
        if tx.messages.get(session_id, answer.id):
            body |= {"id": ids.new()}  # as for users' messages: clients number them as they like
        state, error = answer.state, answer.error
        result = None if error else answer.content
        now = run.created_at
        tx.tool_calls.answer(call, state=state, result=result, error=error, now=now)
        tx.messages.add(_row(run, body))
        tx.tool_calls.continued(call.run_id, by=run.id)


def nothing_asked(answer: ToolMessage) -> Problem:
    """What a tool message is where no call waits for it: not the user's."""
    return _invalid(answer, "role", "The last message must be from the user.")


def leave_unanswered(tx: Transaction, run: RunRow, ids: Ids) -> None:
    """The user says something else instead: each open call gets that for its answer."""
    for call in tx.tool_calls.pending_in(run.session_id):
        state, now = CallState.FAILED, run.created_at
        tx.tool_calls.answer(call, state=state, result=None, error=NOT_ANSWERED, now=now)
        tx.tool_calls.continued(call.run_id, by=run.id)
        body = _message(ids.new(), call.id, NOT_ANSWERED, state)
        tx.messages.add(_row(run, body | {"error": NOT_ANSWERED}))


def parent_of(tx: Transaction, session_id: str) -> RunRow | None:
    """The run whose calls the client was handed."""
    pending = tx.tool_calls.pending_in(session_id)
    return tx.runs.get(pending[0].run_id) if pending else None


def _refuse_unfit(answers: Sequence[ToolMessage], wanted: set[str]) -> None:
    answered: set[str] = set()
    for answer in answers:
        if answer.call_id in answered:
            raise _invalid(answer, "toolCallId", "This call is answered twice.")
        if answer.call_id not in wanted:
            raise _invalid(answer, "toolCallId", "No call of this id waits for an answer.")
        answered.add(answer.call_id)
    if missing := wanted - answered:
        last = max(answer.index for answer in answers)
        message = f"These calls need an answer too: {', '.join(sorted(missing))}."
        raise Problem.at(Code.AGENT_RUN_MESSAGES_INVALID, f"/messages/{last}", message)


def _invalid(answer: ToolMessage, member: str, message: str) -> Problem:
    return Problem.at(
        Code.AGENT_RUN_MESSAGES_INVALID, f"/messages/{answer.index}/{member}", message
    )


def _message(message_id: str, call_id: str, content: str, state: CallState) -> dict[str, Any]:
    metadata = {VENDOR: {"toolState": state.value}}
    body = {"id": message_id, "role": "tool", "content": content, "toolCallId": call_id}
    return body | {"metadata": metadata}


def _row(run: RunRow, body: Mapping[str, Any]) -> MessageRow:
    text = json.dumps(body, ensure_ascii=False)
    return MessageRow(run.session_id, body["id"], run.id, "tool", text, run.created_at)
