"""One run from its claim to its ending: opens its log, lets the agent speak, settles."""

import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum, auto

import anyio

from runtime import log as log_context
from runtime.agent.loop import AgentLoop
from runtime.agent.models.base import ChatModel
from runtime.clock import Clock, micros
from runtime.errors import Code
from runtime.ids import Ids
from runtime.runs import outcomes
from runtime.runs.attendance import Attendance
from runtime.runs.charging import Wallet
from runtime.runs.desk import Desk
from runtime.runs.enclosures import Enclosures
from runtime.runs.endings import Count, Settlement, release, rename_log, settle_patiently
from runtime.runs.journal import Journal
from runtime.runs.notices import Notices
from runtime.runs.outcomes import Ended
from runtime.runs.scene import Stage, answer_of, prompt_for, set_stage
from runtime.runs.suggesting import Suggester
from storage.crashpoints import crashpoint, register
from storage.errors import LogClosed, LogFenced, LogLost, StorageUnavailable
from storage.events.base import EventLog, LogWriter
from storage.sql.database import Database
from storage.sql.logs import ArchivedLog
from storage.sql.runs import RunKind, RunRow
from tools.base import Tool
from tools.ports import Ports

# A run that has killed its workers this often is not given to another one.
MOST_ATTEMPTS = 3
# How long a run is held whose log could not be opened, before anyone tries again.
AGAIN_SECONDS = 1.0

register("run.opened", "run.started", "run.answered", "run.shown")

log = logging.getLogger(__name__)


class Stop(Enum):
    """Why a run is stopped before its own end."""

    CANCELLED = auto()  # its user called it off
    TIMED_OUT = auto()  # it, or its model, took too long
    LOST = auto()  # its lease is gone: another worker may have it
    HANDED_BACK = auto()  # this server goes down


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long things may take within a run."""

    max_steps: int
    first_token_seconds: float
    silence_seconds: float
    tool_seconds: float
    approval_seconds: float
    join_deltas: bool


class Performer:
    """Makes the performances of one process: holds what they share."""

    def __init__(
        self,
        *,
        database: Database,
        events: EventLog,
        wallet: Wallet,
        model: ChatModel,
        suggester: Suggester,
        tools: Mapping[str, Tool],
        ports: Ports,
        notices: Notices,
        enclosures: Enclosures,
        attendance: Attendance,
        clock: Clock,
        ids: Ids,
        limits: Limits,
        count: Count,
    ) -> None:
        self.database = database
        self.events = events
        self.wallet = wallet
        self.loop = AgentLoop(model, max_steps=limits.max_steps)
        self.suggester = suggester
        self.tools = tools
        self.ports = ports
        self.notices = notices
        self.enclosures = enclosures
        self.attendance = attendance
        self.clock = clock
        self.ids = ids
        self.limits = limits
        self.count = count

    def prepare(self, run: RunRow) -> "Performance":
        return Performance(self, run)


class Performance:
    """One attempt at one run."""

    def __init__(self, performer: Performer, run: RunRow) -> None:
        self._by = performer
        self._run = run
        self._scope = anyio.CancelScope()
        # Open once the reading is whole, and only an extra is under way.
        self._extra: anyio.CancelScope | None = None
        self._stop: Stop | None = None
        self._begun = performer.clock.monotonic()
        self._journal: Journal | None = None
        self._stage: Stage | None = None

    @property
    def attempt(self) -> int:
        return self._run.attempt

    def stop(self, why: Stop) -> None:
        """The first reason stands; a run that is settling already is not disturbed."""
        if self._extra and why in (Stop.TIMED_OUT, Stop.HANDED_BACK):
            self._extra.cancel()
        elif self._stop is None:
            self._stop = why
            self._scope.cancel()

    def overdue(self, now: float, run_seconds: float) -> bool:
        silent = self._journal is not None and self._journal.watch(now)
        return silent or now - self._begun > run_seconds

    async def run(self) -> None:
        """Bring the run to its ending. What cannot be settled is left to whoever comes next."""
        log_context.run_id.set(self._run.id)
        try:
            writer = await self._by.events.open(self._run.id, attempt=self._run.attempt)
        except LogFenced as failure:
            log.warning("a run could not begin", extra=self._about(failure))
            return
        except StorageUnavailable as failure:
            log.warning("a run could not begin", extra=self._about(failure))
            await anyio.sleep(AGAIN_SECONDS)  # a queue of runs must not go round and round
            await self._let_go()
            return
        try:
            await self._perform(writer)
        except (LogFenced, LogClosed) as failure:
            log.warning("a run is another worker's now", extra=self._about(failure))
        except StorageUnavailable as failure:
            log.warning("a run was left to its next attempt", extra=self._about(failure))
            await self._let_go()
        except Exception as failure:
            # A mistake of ours in one run must not end the others; its lease will run out.
            log.exception("a run crashed", extra=self._about(failure))
        finally:
            writer.leave()

    async def _let_go(self) -> None:
        """Free the run at once; where that fails too, its lease runs out."""
        with suppress(StorageUnavailable):
            await self._by.database.run(release, self._run)

    async def _perform(self, writer: LogWriter) -> None:
        crashpoint("run.opened")
        if self._run.attempt > 1 and not writer.last:
            await self._rename_log()
        self._journal = journal = self._open_journal(writer)
        ended: Ended | None = None
        with self._scope:
            ended = await self._answer(journal, shown=writer.last)
        if ended is None:
            try:
                ended = self._stopped(journal)
            except LogLost:
                ended = outcomes.failed(self._run, journal, Code.AGENT_WORKER_LOST)
        if ended is not None:
            crashpoint("run.answered")
            await self._settle(writer, journal, ended)

    async def _rename_log(self) -> None:
        """An earlier attempt's log is not there: if anyone saw of it, no number means the same."""
        tag = self._by.ids.tag()
        await self._by.database.run(rename_log, self._run, tag)
        self._run = replace(self._run, log_tag=tag)

    def _open_journal(self, writer: LogWriter) -> Journal:
        journal = Journal(
            writer,
            session_id=self._run.session_id,
            run_id=self._run.id,
            tag=self._run.log_tag,
            clock=self._by.clock,
            ids=self._by.ids,
            join_deltas=self._by.limits.join_deltas,
        )
        journal.show = self._by.enclosures.shown
        journal.first_token_seconds = self._by.limits.first_token_seconds
        journal.silence_seconds = self._by.limits.silence_seconds
        return journal

    # --- the answer -------------------------------------------------------------------------

    async def _answer(self, journal: Journal, *, shown: int) -> Ended:
        if not shown:
            journal.started(parent_run_id=self._run.parent_run_id)
            crashpoint("run.started")
        elif shown > 1 or self._run.attempt > MOST_ATTEMPTS:
            # Words were shown that a second attempt would not repeat.
            return outcomes.failed(self._run, journal, Code.AGENT_WORKER_LOST)
        if self._run.cancel_requested:
            return outcomes.cancelled(self._run, journal)
        try:
            return await self._speak(journal)
        except Exception as failure:
            code = outcomes.code_of(failure)
            if code is None:
                raise
            log.warning("a run failed", extra=self._about(failure), exc_info=failure)
            return outcomes.failed(self._run, journal, code)

    async def _speak(self, journal: Journal) -> Ended:
        by = self._by
        self._stage = stage = await by.database.read(set_stage, self._run)
        desk = self._open_desk(stage, journal)
        done = [(call, await desk.carry_out(call)) for call in stage.unanswered]
        # Done first, then told: a run that has shown more than its start is not tried anew, and
        # what its user said yes to would stay undone.
        told = json.loads(self._run.input)
        if not told["knowsChart"] or self._run.kind == RunKind.DIVINATION:
            journal.state("divination_derived", stage.derived, onto_object=told["stateIsObject"])
        prompt = await by.enclosures.open(prompt_for(stage, by.tools))
        for call, answer in done:
            desk.tell(call, answer)
            prompt = prompt.with_answer(answer_of(call, answer.content, answer.state))
        result = await by.loop.run(prompt, journal, desk)
        if desk.waiting:
            await desk.take_back()
            return outcomes.interrupted(stage, journal, result, desk.waiting, by.tools)
        if not desk.pending:
            with anyio.CancelScope() as self._extra:
                await by.suggester.suggest(stage, prompt, result, journal)
        return outcomes.answered(stage, journal, result, desk.pending)

    def _open_desk(self, stage: Stage, journal: Journal) -> Desk:
        by = self._by
        return Desk(
            stage,
            journal,
            database=by.database,
            tools=by.tools,
            ports=by.ports,
            clock=by.clock,
            tool_seconds=by.limits.tool_seconds,
            approval_seconds=by.limits.approval_seconds,
        )

    def _stopped(self, journal: Journal) -> Ended | None:
        """The ending of a run that was stopped; none for one that another will go on with."""
        match self._stop:
            case Stop.CANCELLED:
                return outcomes.cancelled(self._run, journal)
            case Stop.TIMED_OUT:
                return outcomes.failed(self._run, journal, Code.AGENT_RUN_TIMED_OUT)
            case _:
                return None

    # --- the settlement ---------------------------------------------------------------------

    async def _settle(self, writer: LogWriter, journal: Journal, ended: Ended) -> None:
        """Make the ending true, then show it; a sweep finishes what dies in between."""
        settlement = Settlement(
            run=self._run,
            ending=ended.ending,
            log=ArchivedLog(
                self._run.id, self._run.log_tag, journal.events, writer.whole() + ended.frame
            ),
            now=micros(self._by.clock.now()),
            derived=self._stage.derived if self._stage else None,
            messages=journal.messages,
            waiting=ended.waiting,
            unseen=self._by.attendance.unseen(self._run, ended.ending.status),
        )
        by = self._by
        await settle_patiently(by.database, by.wallet, by.notices, settlement)
        crashpoint("settle.committed")
        self._by.count(ended.ending.status, events=journal.events, given_back=settlement.gives_back)
        await writer.finish(ended.frame)
        crashpoint("run.shown")

    def _about(self, failure: Exception) -> dict[str, object]:
        reason = f"{type(failure).__name__}: {failure}"
        return {"run_id": self._run.id, "attempt": self._run.attempt, "reason": reason}
