"""HTTP for tool calls: look at them, decide about them."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from runtime.errors import Code, Problem
from runtime.runs.addresses import events_url, path_call, path_run
from runtime.runs.approvals import Approvals, Decided, Decision, owned_call
from runtime.runs.finding import owned_run
from runtime.runs.inspection import ToolCallView, call_view
from runtime.runs.interrupts import interrupts_of
from runtime.web.identity import require_user
from runtime.web.operation import Answer, Json, Operation
from runtime.web.parsing import Wire, read_json
from storage.sql.database import Database
from storage.sql.tool_calls import ToolCallRow
from storage.sql.transaction import Transaction
from tools.approval import CallState
from tools.base import Tool


class ToolCallPage(Wire):
    """The calls of one run, in their order."""

    items: list[ToolCallView]


class DecisionTaken(Wire):
    """What a decision led to: the run that goes on, or the questions still open."""

    tool_call_id: str
    state: str
    run_id: str | None = None
    events_url: str | None = None
    interrupts: list[dict[str, Any]] = Field(default_factory=list)


class ToolRoutes:
    """The calls under /runs/{runId}/tool-calls."""

    def __init__(
        self, *, approvals: Approvals, tools: Mapping[str, Tool], database: Database
    ) -> None:
        self._approvals = approvals
        self._tools = tools
        self._database = database

    async def tool_calls(self, request: Request) -> Response:
        user_id, run_id = require_user(request).id, path_run(request)
        calls = await self._database.read(_calls_of, user_id, run_id)
        return Json(ToolCallPage(items=[call_view(call) for call in calls]))

    async def tool_call(self, request: Request) -> Response:
        user_id, run_id = require_user(request).id, path_run(request)
        call = await self._database.read(owned_call, user_id, run_id, path_call(request))
        view = call_view(call)
        match call.state:
            case CallState.REJECTED | CallState.EXPIRED:
                raise Problem(Code.TOOL_REJECTED, call.reason or "The call was not approved.")
            case CallState.WAITING:
                pending = Code.TOOL_PENDING_APPROVAL
                interrupt = interrupts_of([call], self._tools)[0]
                head = {"code": pending.name, "title": pending.title, "interrupt": interrupt}
                return Json(head | view.model_dump(by_alias=True, exclude_none=True), 202)
        return Json(view)

    async def decide(self, request: Request) -> Response:
        user_id, run_id = require_user(request).id, path_run(request)
        decision = await read_json(request, Decision, invalid=Code.AGENT_DECISION_INVALID)
        decided = await self._approvals.decide(user_id, run_id, path_call(request), decision)
        open_calls = await self._database.read(_open_calls, decided.call.session_id)
        interrupts = interrupts_of(open_calls, self._tools)
        return Json(_taken(decided, interrupts), 202 if decided.continuation else 200)

    def operations(self) -> list[Operation]:
        own_run = (Code.AGENT_RUN_NOT_FOUND, Code.AGENT_FORBIDDEN)
        own_call = (Code.AGENT_FORBIDDEN, Code.AGENT_RUN_NOT_FOUND, Code.AGENT_TOOL_CALL_NOT_FOUND)
        return [
            Operation(
                "GET",
                "/agent/runs/{runId}/tool-calls",
                self.tool_calls,
                summary="Every tool call of a run",
                gives=ToolCallPage,
                problems=own_run,
                tags=("tools",),
            ),
            Operation(
                "GET",
                "/agent/runs/{runId}/tool-calls/{toolCallId}",
                self.tool_call,
                summary="One tool call: its result, or what it waits for",
                gives=ToolCallView,
                also=(Answer(202, "It waits for the user: TOOL_PENDING_APPROVAL."),),
                problems=(*own_call, Code.TOOL_REJECTED),
                tags=("tools",),
            ),
            Operation(
                "POST",
                "/agent/runs/{runId}/tool-calls/{toolCallId}/decision",
                self.decide,
                summary="Approve or reject a tool call",
                description="The first decision stands. Once none is open, the reading goes on by "
                "itself, in the run that the answer names.",
                takes=Decision,
                gives=DecisionTaken,
                status=202,
                also=(Answer(200, "Other calls of the run still wait.", DecisionTaken),),
                problems=(
                    *own_call,
                    Code.AGENT_DECISION_INVALID,
                    Code.AGENT_APPROVAL_DECIDED,
                    Code.AGENT_APPROVAL_EXPIRED,
                ),
                tags=("tools",),
            ),
        ]


def _calls_of(tx: Transaction, user_id: str, run_id: str) -> list[ToolCallRow]:
    return tx.tool_calls.of_run(owned_run(tx, user_id, run_id).id)


def _open_calls(tx: Transaction, session_id: str) -> list[ToolCallRow]:
    return tx.tool_calls.open_in(session_id)


def _taken(decided: Decided, interrupts: list[dict[str, Any]]) -> DecisionTaken:
    run = decided.continuation
    return DecisionTaken(
        tool_call_id=decided.call.id,
        state=decided.call.state,
        run_id=run.id if run else None,
        events_url=events_url(run) if run else None,
        interrupts=interrupts,
    )
