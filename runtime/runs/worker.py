"""Takes runs from the queue, drives the agent, settles; holds each under a lease while it does."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial

import anyio
from anyio.abc import TaskGroup

from runtime.clock import Clock, micros
from runtime.runs.performance import Performance, Performer, Stop
from runtime.runs.topics import CANCEL, WORK
from runtime.upkeep import forever
from storage.crashpoints import crashpoint, register
from storage.errors import StorageUnavailable
from storage.sql.database import Database
from storage.sql.runs import Renewal, RunRow
from storage.sql.transaction import Transaction
from storage.wake.base import Wake

POLL_SECONDS = 2.0
WATCH_SECONDS = 0.25
CLAIM_AT_ONCE = 64

register("worker.claimed")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    most_runs: int
    lease_seconds: float
    run_seconds: float


class Worker:
    """One process's hands."""

    def __init__(
        self,
        *,
        name: str,
        database: Database,
        wake: Wake,
        performer: Performer,
        clock: Clock,
        settings: WorkerSettings,
    ) -> None:
        self._name = name
        self._database = database
        self._wake = wake
        self._performer = performer
        self._clock = clock
        self._settings = settings
        self._active: dict[str, Performance] = {}
        self._claiming = True
        # Whether its last claim was answered: what tells a worker that works from one that lives.
        self.claims = False
        self._room = anyio.Event()
        # When this worker last asked for each lease that it got: it began then, or later.
        self._leased_at: dict[str, float] = {}

    @property
    def active(self) -> int:
        return len(self._active)

    async def run(self) -> None:
        """Work until cancelled; `finish` first lets what is under way come to its end."""
        async with anyio.create_task_group() as tasks:
            for step in (self._heartbeat, self._listen, self._watch):
                tasks.start_soon(partial(forever, step, name=step.__name__))
            await forever(partial(self._claim, tasks), name="claim")

    async def finish(self, *, grace: float) -> None:
        """Take nothing new, give running runs their time, hand the rest back."""
        self._claiming = False
        with anyio.move_on_after(grace):
            await self._until_idle()
        for performance in list(self._active.values()):
            performance.stop(Stop.HANDED_BACK)
        await self._until_idle()
        try:
            await self._database.run(_hand_back, self._name)
        except StorageUnavailable:
            log.warning("the leases could not be handed back; they run out by themselves")

    # --- taking -----------------------------------------------------------------------------

    async def _claim(self, tasks: TaskGroup) -> None:
        room = min(self._settings.most_runs - self.active, CLAIM_AT_ONCE)
        asked_at = anyio.current_time()
        claimed = await self._claim_up_to(room) if self._claiming and room > 0 else []
        if claimed and (not self._claiming or self._is_late(asked_at)):
            # The claim was under way when this worker was told to finish, or for so long that the
            # leases are as good as over: another one begins better than this one would end.
            await self._database.run(_release, claimed)
            claimed = []
        for run in claimed:
            # Counted from here on: the next claim may come before the run's task has begun.
            tasks.start_soon(self._drive, run.id, self._take(run, asked_at))
        if room <= 0 or len(claimed) < room:
            # Nothing is left, or there is no room: a new run or a finished one will ring.
            await self._wake.wait(WORK, seconds=POLL_SECONDS)

    async def _claim_up_to(self, room: int) -> list[RunRow]:
        answered = False
        try:
            runs = await self._database.run(_claim, self._name, room, self._now(), self._lease)
            answered = True
        except StorageUnavailable as failure:
            log.warning("no runs could be claimed", extra={"reason": str(failure)})
            return []
        finally:
            self.claims = answered
        if runs:
            crashpoint("worker.claimed")
        return runs

    def _take(self, run: RunRow, leased_at: float) -> Performance:
        performance = self._performer.prepare(run)
        if earlier := self._active.get(run.id):
            earlier.stop(Stop.LOST)  # a clock that jumped has run out our own lease
        self._active[run.id] = performance
        self._leased_at[run.id] = leased_at
        return performance

    async def _drive(self, run_id: str, performance: Performance) -> None:
        try:
            await performance.run()
        except Exception as failure:
            # One run must never end the others.
            log.exception("a run crashed", extra={"run_id": run_id, "reason": str(failure)})
        finally:
            if self._active.get(run_id) is performance:
                del self._active[run_id], self._leased_at[run_id]
            if self.active == self._settings.most_runs - 1:
                await self._wake.ring(WORK)  # there is room again
            self._room.set()
            self._room = anyio.Event()

    # --- keeping ----------------------------------------------------------------------------

    async def _heartbeat(self) -> None:
        """Renew the leases; `_watch` stops what could not be renewed."""
        await anyio.sleep(self._settings.lease_seconds / 3)
        while not await self._renew():  # noqa: ASYNC110 - nothing tells when it would succeed
            # Soon again: what is not renewed in time is stopped, and its users start anew.
            await anyio.sleep(self._settings.lease_seconds / 30)

    async def _renew(self) -> bool:
        before, asked_at = dict(self._active), anyio.current_time()
        try:
            # One connection that swallows all that is sent must not cost every lease.
            with anyio.fail_after(self._settings.lease_seconds / 8):
                renewals = await self._database.run(
                    _renew, self._name, before, self._now(), self._lease
                )
        except (StorageUnavailable, TimeoutError) as failure:
            log.warning("the leases were not renewed", extra={"reason": str(failure)})
            return False
        self._judge(before, {renewal.run_id: renewal for renewal in renewals}, asked_at)
        return True

    def _judge(
        self, before: dict[str, Performance], renewals: dict[str, Renewal], asked_at: float
    ) -> None:
        for run_id, performance in before.items():
            renewal = renewals.get(run_id)
            if renewal is None or renewal.attempt != performance.attempt:
                performance.stop(Stop.LOST)
                continue
            if self._active.get(run_id) is performance:
                self._leased_at[run_id] = asked_at
            if renewal.cancel_requested:
                performance.stop(Stop.CANCELLED)

    async def _listen(self) -> None:
        """Hear of cancellations at once; the heartbeat finds those that were not heard."""
        if await self._wake.wait(CANCEL, seconds=POLL_SECONDS) and self._active:
            for run_id in await self._database.read(_to_cancel, self._name):
                if performance := self._active.get(run_id):
                    performance.stop(Stop.CANCELLED)

    async def _watch(self) -> None:
        """One clock for all runs, instead of a timer for every word of every model."""
        await anyio.sleep(WATCH_SECONDS)
        now = self._clock.monotonic()
        for run_id, performance in list(self._active.items()):
            if self._is_late(self._leased_at[run_id]):
                performance.stop(Stop.LOST)  # before another worker may start
            if performance.overdue(now, self._settings.run_seconds):
                performance.stop(Stop.TIMED_OUT)

    # --- within -----------------------------------------------------------------------------

    async def _until_idle(self) -> None:
        while self._active:
            await self._room.wait()

    def _is_late(self, leased_at: float) -> bool:
        """Whether a lease asked for then is too near its end to go on."""
        return anyio.current_time() - leased_at > self._settings.lease_seconds * 0.8

    def _now(self) -> int:
        return micros(self._clock.now())

    @property
    def _lease(self) -> int:
        return int(self._settings.lease_seconds * 1_000_000)


def _claim(tx: Transaction, name: str, most: int, now: int, lease: int) -> list[RunRow]:
    return tx.runs.claim(name, most=most, now=now, lease=lease)


def _renew(
    tx: Transaction, name: str, run_ids: Collection[str], now: int, lease: int
) -> list[Renewal]:
    return tx.runs.renew(name, run_ids, now=now, lease=lease)


def _to_cancel(tx: Transaction, name: str) -> list[str]:
    return tx.runs.to_cancel(name)


def _release(tx: Transaction, claimed: Sequence[RunRow]) -> None:
    """These only: what else this worker has is under way."""
    for run in claimed:
        tx.runs.release(run.id, run.attempt)


def _hand_back(tx: Transaction, name: str) -> None:
    tx.runs.hand_back(name)
