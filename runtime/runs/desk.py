"""Carries out one run's tool calls, or has them wait for the user; each effect happens once."""

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from pydantic import BaseModel

from runtime.agent.loop import Answered, TooManySteps, Waiting
from runtime.agent.models.base import ToolRequest
from runtime.clock import SECOND, Clock, micros, stamp
from runtime.runs.journal import Journal
from runtime.runs.scene import Stage
from storage.crashpoints import crashpoint, register
from storage.errors import LogFenced
from storage.sql.database import Database
from storage.sql.tool_calls import ToolCallRow
from storage.sql.transaction import Transaction
from tools.approval import Approval, CallState
from tools.base import MissingRuntimeArgs, Tool, ToolContext
from tools.ports import Ports
from tools.runner import ArgumentsInvalid, ToolAnswer, check_arguments, run_tool

CALLS_PER_RUN = 32
# So often a model is told that it has had its calls; then it is not told again.
REFUSALS = 8
NOT_BESIDE = "Not carried out, as another call waits for the user; call it again after that."
TOO_MANY = "No more tool calls in this reading; answer with what is known."

REFUSED = {
    CallState.REJECTED: "The user said no to this call.",
    CallState.EXPIRED: "The user did not decide in time, which counts as a no.",
}

register("tool.begun", "tool.done", "tool.recorded")


class Desk:
    """One run's ToolDesk."""

    def __init__(
        self,
        stage: Stage,
        journal: Journal,
        *,
        database: Database,
        tools: Mapping[str, Tool],
        ports: Ports,
        clock: Clock,
        tool_seconds: float,
        approval_seconds: float,
    ) -> None:
        self._stage = stage
        self._journal = journal
        self._database = database
        self._tools = tools
        self._offered: dict[str, Any] = {
            port.name: getattr(ports, port.name) for port in fields(Ports)
        }
        self._clock = clock
        self._tool_seconds = tool_seconds
        self._approval_seconds = approval_seconds
        self._calls = 0
        self._frontend = frozenset(tool.name for tool in stage.frontend)
        self.waiting: list[ToolCallRow] = []
        # Calls of the client's own tools, which it is handed when the run ends.
        self.pending: list[ToolCallRow] = []

    async def call(self, request: ToolRequest) -> Answered | Waiting:
        row = self._row(request)
        self._calls += 1
        if self._calls > CALLS_PER_RUN + REFUSALS:
            raise TooManySteps
        if self._calls > CALLS_PER_RUN:
            return await self._refuse(row, TOO_MANY)
        tool = self._tools.get(request.name)
        if tool is None:
            return await self._hand_over(row)
        try:
            args = check_arguments(tool, request.arguments)
        except ArgumentsInvalid as exc:
            return await self._refuse(row, f"The arguments do not fit: {exc}")
        if self._asks_first(tool):
            return await self._wait(row, tool, args)
        # Seen first, then done: a run that dies from here on is not tried anew under another call.
        await self._journal.durable()
        await self._database.run(self._add, row)
        return self.tell(row, await self._perform(row, tool, args))

    async def _hand_over(self, call: ToolCallRow) -> Answered | Waiting:
        """A call of the client's own tool is the client's to carry out, and the run's last."""
        if call.name not in self._frontend:
            return await self._refuse(call, f"There is no tool called {call.name}.")
        if not _is_object(call.arguments):
            return await self._refuse(call, "The arguments do not fit: they are no JSON object.")
        self.pending.append(replace(call, state=CallState.PENDING))
        return Waiting()

    async def take_back(self) -> None:
        """A run waits for its user or hands over to the client, never both: the question first."""
        taken, self.pending = self.pending, []
        for call in taken:
            await self._refuse(call, NOT_BESIDE)

    async def carry_out(self, call: ToolCallRow) -> ToolAnswer:
        """Act on the user's decision about a call of the run before; what came of it is to be told.

        What an attempt before this one has done already is not done again.
        """
        if call.ended_at is not None:
            said = call.result if call.result is not None else call.error or ""
            return ToolAnswer(CallState(call.state), said)
        tool = self._tools.get(call.name)
        if call.state not in {CallState.APPROVED, CallState.RUNNING} or tool is None:
            content = REFUSED.get(CallState(call.state), f"There is no tool called {call.name}.")
            if call.reason:
                content = f"{content} Reason: {call.reason}"
            return ToolAnswer(CallState(call.state), content)
        args = check_arguments(tool, call.edited_arguments or call.arguments)
        await self._database.run(self._begin, call)
        return await self._perform(call, tool, args)

    async def _perform(self, call: ToolCallRow, tool: Tool, args: BaseModel) -> ToolAnswer:
        crashpoint("tool.begun")
        try:
            answer = await run_tool(tool, self._context(call.id), args, seconds=self._tool_seconds)
        except MissingRuntimeArgs as exc:
            failed = ToolAnswer(CallState.FAILED, str(exc))
            await self._database.run(self._finish, call, failed)
            raise
        crashpoint("tool.done")
        await self._database.run(self._finish, call, answer)
        crashpoint("tool.recorded")
        return answer

    async def _refuse(self, call: ToolCallRow, content: str) -> Answered:
        """An answer for the model: it may do better, and the run goes on."""
        answer = ToolAnswer(CallState.FAILED, content)
        await self._database.run(self._add_finished, call, answer)
        return self.tell(call, answer)

    # --- what is kept of a call: by the attempt whose run it is, and by none before it ---------

    def _add(self, tx: Transaction, call: ToolCallRow) -> None:
        self._hold(tx)
        tx.tool_calls.add_new(replace(call, state=CallState.RUNNING, started_at=self._now()))

    def _begin(self, tx: Transaction, call: ToolCallRow) -> None:
        self._hold(tx)
        tx.tool_calls.begin(call.run_id, call.id, now=self._now())

    def _finish(self, tx: Transaction, call: ToolCallRow, answer: ToolAnswer) -> None:
        self._hold(tx)
        failed = answer.state is not CallState.COMPLETED
        tx.tool_calls.finish(
            call.run_id,
            call.id,
            state=answer.state,
            result=None if failed else answer.content,
            error=answer.content if failed else None,
            now=self._now(),
        )

    def _add_finished(self, tx: Transaction, call: ToolCallRow, answer: ToolAnswer) -> None:
        self._hold(tx)
        tx.tool_calls.add_new(call)
        self._finish(tx, call, answer)

    def _hold(self, tx: Transaction) -> None:
        run = self._stage.run
        if not tx.runs.held(run.id, run.attempt):
            raise LogFenced(run.id)

    async def _wait(self, call: ToolCallRow, tool: Tool, args: BaseModel) -> Waiting:
        question = tool.asks(args, self._context(call.id))
        expires_at = self._now() + int(self._approval_seconds * SECOND)
        waiting = _with_question(call, question, expires_at)
        self.waiting.append(waiting)
        card = {
            "toolCallId": call.id,
            "toolName": call.name,
            "state": "TOOL_PENDING_APPROVAL",
            "arguments": args.model_dump(mode="json", by_alias=True, exclude_none=True),
            "question": question,
            "expiresAt": stamp(expires_at),
        }
        self._journal.awaits_approval(call.id, card)
        return Waiting()

    def tell(self, call: ToolCallRow, answer: ToolAnswer) -> Answered:
        if call.expires_at is not None:
            self._journal.approval_settled(call.id, f"TOOL_{answer.state.upper()}")
        self._journal.tool_result(call.id, answer.content, answer.state)
        return Answered(answer.content, answer.state)

    def _asks_first(self, tool: Tool) -> bool:
        if tool.approval is Approval.ONCE_A_SESSION:
            return tool.name not in self._stage.allowed
        return tool.approval is Approval.EACH_CALL

    def _context(self, call_id: str) -> ToolContext:
        stage = self._stage
        return ToolContext(
            call_id=call_id,
            now=self._clock.now(),
            locale=stage.cast.locale.value,
            timezone=stage.cast.zone,
            user_id=stage.run.user_id,
            session_id=stage.run.session_id,
            derived=stage.derived,
            **self._offered,
        )

    def _row(self, request: ToolRequest) -> ToolCallRow:
        run = self._stage.run
        return ToolCallRow(
            id=request.call_id,
            run_id=run.id,
            session_id=run.session_id,
            user_id=run.user_id,
            name=request.name,
            arguments=request.arguments,
            state=CallState.RUNNING,
            created_at=self._now(),
        )

    def _now(self) -> int:
        return micros(self._clock.now())


def _is_object(arguments: str) -> bool:
    try:
        return isinstance(json.loads(arguments or "{}"), dict)
    except (ValueError, RecursionError):
        return False


def _with_question(call: ToolCallRow, question: str, expires_at: int) -> ToolCallRow:
    return replace(call, state=CallState.WAITING, question=question, expires_at=expires_at)
