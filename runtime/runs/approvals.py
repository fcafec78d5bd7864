"""Decisions about tool calls: the first one stands, and once none is open the reading goes on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ConfigDict, Field

from runtime.clock import Clock, micros
from runtime.errors import Code, Problem
from runtime.ids import Ids
from runtime.runs.charging import Wallet
from runtime.runs.edits import check_edit
from runtime.runs.input import ResumeEntry
from runtime.runs.interrupts import interrupt_id, interrupts_of
from runtime.runs.payload import continued
from runtime.runs.topics import WORK
from runtime.web.parsing import Wire
from storage.crashpoints import crashpoint, register
from storage.sql.database import Database
from storage.sql.runs import RunKind, RunRow, RunStatus
from storage.sql.tool_calls import ToolCallRow
from storage.sql.transaction import Transaction
from storage.wake.base import Wake
from tools.approval import CallState
from tools.base import Tool

EXPIRE_AT_ONCE = 100

register("decide.recorded", "decide.committed")


class Decision(Wire):
    """What the user says to one tool call."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"decision": "reject", "reason": "Not this one."}]}
    )

    decision: Literal["approve", "reject"]
    reason: str | None = None
    edited_args: dict[str, Any] | None = Field(
        default=None, description="What the call is made with instead, whole."
    )


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that stands, and the run that goes on with it once none is open."""

    call: ToolCallRow
    continuation: RunRow | None


class Approvals:
    """Decides on our own record: a client's word about a past decision counts for nothing."""

    def __init__(
        self,
        *,
        database: Database,
        wake: Wake,
        wallet: Wallet,
        tools: Mapping[str, Tool],
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._database = database
        self._wake = wake
        self._wallet = wallet
        self._tools = tools
        self._clock = clock
        self._ids = ids

    # --- the decision call ------------------------------------------------------------------

    async def decide(self, user_id: str, run_id: str, call_id: str, decision: Decision) -> Decided:
        decided = await self._database.run(self._decide, user_id, run_id, call_id, decision)
        crashpoint("decide.committed")
        await self._wake.ring(WORK)
        return decided

    def _decide(
        self, tx: Transaction, user_id: str, run_id: str, call_id: str, decision: Decision
    ) -> Decided:
        call = owned_call(tx, user_id, run_id, call_id)
        tx.sessions.lock(call.session_id)
        call = owned_call(tx, user_id, run_id, call_id)  # as it stands under the lock
        if call.state != CallState.WAITING:
            return self._repeat(tx, call, decision)
        self._refuse_late(call)
        self._record(tx, call, decision, "")
        crashpoint("decide.recorded")
        continuation = self._go_on(tx, call.run_id)
        return Decided(owned_call(tx, user_id, run_id, call_id), continuation)

    def _repeat(self, tx: Transaction, call: ToolCallRow, decision: Decision) -> Decided:
        """The first decision stands; the same one again gets the same answer."""
        if call.state == CallState.EXPIRED:
            raise Problem(Code.AGENT_APPROVAL_EXPIRED, "The time to decide was over.")
        edited = _edited(decision.edited_args)
        if call.decision is None:
            raise Problem(Code.AGENT_DECISION_INVALID, "This call never asked for a decision.")
        if (call.decision, call.edited_arguments) != (decision.decision, edited):
            raise Problem(
                Code.AGENT_APPROVAL_DECIDED,
                "This call was decided before, and differently.",
                state=call.state,
                runId=call.continued_by,
            )
        return Decided(call, tx.runs.get(call.continued_by) if call.continued_by else None)

    # --- the `resume` of a run --------------------------------------------------------------

    def resolve(
        self,
        tx: Transaction,
        session_id: str,
        entries: Sequence[ResumeEntry],
        *,
        continued_by: str,
    ) -> RunRow:
        """Answer all open calls of the session at once; return the run that they interrupted.

        An entry that names no open call is left aside, as the protocol asks; an open call without
        an entry refuses the whole, since silence is no answer.
        """
        answers = {entry.interrupt_id: (place, entry) for place, entry in enumerate(entries)}
        waiting = tx.tool_calls.open_in(session_id)
        if not waiting:
            self._refuse_closed(tx, session_id, answers)
        for call in waiting:
            if interrupt_id(call) not in answers:
                raise Problem(
                    Code.AGENT_SESSION_BUSY,
                    "Every open question needs an answer in `resume`.",
                    runId=call.run_id,
                    interrupts=interrupts_of(waiting, self._tools),
                )
        for call in waiting:
            place, entry = answers[interrupt_id(call)]
            self._refuse_late(call)
            self._record(tx, call, _decision(entry), f"/resume/{place}/payload")
        crashpoint("decide.recorded")
        tx.tool_calls.continued(waiting[0].run_id, by=continued_by)
        return _run(tx, waiting[0].run_id)

    def _refuse_closed(
        self, tx: Transaction, session_id: str, answers: Mapping[str, object]
    ) -> None:
        """Nothing is open: say what became of the calls that the client means."""
        for call in reversed(tx.tool_calls.of_session(session_id)):
            if interrupt_id(call) not in answers:
                continue
            if call.state == CallState.EXPIRED:
                raise Problem(Code.AGENT_APPROVAL_EXPIRED, "The time to decide was over.")
            raise Problem(
                Code.AGENT_APPROVAL_DECIDED,
                "This was decided before; follow the run that went on with it.",
                state=call.state,
                runId=call.continued_by,
            )
        raise Problem(Code.AGENT_DECISION_INVALID, "Nothing in this session waits for an answer.")

    # --- expiry and calling off -------------------------------------------------------------

    async def expire(self) -> int:
        """Decide for the users who did not; their readings are finished without the tool."""
        now = micros(self._clock.now())
        calls = await self._database.read(_overdue, now)
        for call in calls:  # one by one: who holds two sessions may wait for who holds them too
            await self._database.run(self._expire, call, now)
        if calls:
            await self._wake.ring(WORK)
        return len(calls)

    def _expire(self, tx: Transaction, call: ToolCallRow, now: int) -> None:
        """A user, or another server's sweep, may have been quicker."""
        tx.sessions.lock(call.session_id)
        state = CallState.EXPIRED
        if tx.tool_calls.decide(call.run_id, call.id, state=state, decision="expire", now=now):
            self._go_on(tx, call.run_id)

    def abandon(self, tx: Transaction, run: RunRow) -> None:
        """Call off a run that waits: every open call is a no, and the session is free."""
        now = micros(self._clock.now())
        for call in tx.tool_calls.of_run(run.id):
            tx.tool_calls.decide(
                call.run_id,
                call.id,
                state=CallState.REJECTED,
                decision="reject",
                now=now,
                reason="cancelled",
            )
        tx.runs.abandon(run.id)
        if not run.showed_text:
            self._wallet.give_back(tx, _run(tx, run.root_run_id))

    # --- within -----------------------------------------------------------------------------

    def _refuse_late(self, call: ToolCallRow) -> None:
        if call.expires_at is not None and call.expires_at <= micros(self._clock.now()):
            raise Problem(Code.AGENT_APPROVAL_EXPIRED, "The time to decide is over.")

    def _record(self, tx: Transaction, call: ToolCallRow, decision: Decision, pointer: str) -> None:
        approved = decision.decision == "approve"
        if decision.edited_args is not None:
            self._check_edit(call, decision, f"{pointer}/editedArgs")
        tx.tool_calls.decide(
            call.run_id,
            call.id,
            state=CallState.APPROVED if approved else CallState.REJECTED,
            decision=decision.decision,
            now=micros(self._clock.now()),
            reason=decision.reason,
            edited_arguments=_edited(decision.edited_args),
        )

    def _check_edit(self, call: ToolCallRow, decision: Decision, pointer: str) -> None:
        """Edited arguments go through the same check as a model's, and the tool may object."""
        if decision.decision != "approve" or decision.edited_args is None:
            raise _decision_invalid(pointer, "Only an approval can change the arguments.")
        check_edit(self._tools[call.name], decision.edited_args, pointer, self._clock.now())

    def _go_on(self, tx: Transaction, run_id: str) -> RunRow | None:
        """Queue the continuation of an interrupted run, once none of its calls is open."""
        if any(call.state == CallState.WAITING for call in tx.tool_calls.of_run(run_id)):
            return None
        parent = _run(tx, run_id)
        if parent.status != RunStatus.INTERRUPTED:
            return None
        run = RunRow(
            id=self._ids.new(),
            session_id=parent.session_id,
            user_id=parent.user_id,
            kind=RunKind.RESUME,
            digest=b"",
            input=continued(parent.input),
            parent_run_id=parent.id,
            root_run_id=parent.root_run_id,
            price=0,
            showed_text=parent.showed_text,
            log_tag=self._ids.tag(),
            created_at=micros(self._clock.now()),
        )
        tx.runs.add(run)
        tx.tool_calls.continued(parent.id, by=run.id)
        return run


def _overdue(tx: Transaction, now: int) -> list[ToolCallRow]:
    return tx.tool_calls.expired(now=now, most=EXPIRE_AT_ONCE)


def owned_call(tx: Transaction, user_id: str, run_id: str, call_id: str) -> ToolCallRow:
    call = tx.tool_calls.get(run_id, call_id)
    if call is None:
        raise Problem(Code.AGENT_TOOL_CALL_NOT_FOUND, "There is no such tool call in this run.")
    if call.user_id != user_id:
        raise Problem(Code.AGENT_FORBIDDEN, "This run belongs to another user.")
    return call


def _decision(entry: ResumeEntry) -> Decision:
    """Anything but a clear yes is a no."""
    payload = entry.payload if isinstance(entry.payload, Mapping) else {}
    reason = payload.get("reason")
    if entry.status == "cancelled" or payload.get("approved") is not True:
        return Decision(decision="reject", reason=reason if isinstance(reason, str) else None)
    edited = payload.get("editedArgs")
    if edited is not None and not isinstance(edited, Mapping):
        raise _decision_invalid("/resume", "editedArgs is the tool's whole arguments object.")
    return Decision(decision="approve", edited_args=dict(edited) if edited is not None else None)


def _edited(arguments: Mapping[str, Any] | None) -> str | None:
    if arguments is None:
        return None
    return json.dumps(arguments, ensure_ascii=False, sort_keys=True)


def _run(tx: Transaction, run_id: str) -> RunRow:
    run = tx.runs.get(run_id)
    if run is None:
        raise LookupError(f"run {run_id} is gone")
    return run


def _decision_invalid(pointer: str, message: str) -> Problem:
    return Problem.at(Code.AGENT_DECISION_INVALID, pointer, message)
