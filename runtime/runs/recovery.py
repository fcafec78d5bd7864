"""The sweep: whatever a crash, a lost nudge or the passing of time has left open is closed here."""

import logging
from collections.abc import Awaitable, Callable, Sequence

import anyio

from runtime.clock import DAY, Clock, micros
from runtime.runs.approvals import Approvals
from runtime.upkeep import forever
from storage.errors import StorageUnavailable
from storage.sql.database import Database
from storage.sql.transaction import Transaction

# Nobody waits for an old log to go.
TRIM_SECONDS = 600.0

# What a feature does when its time has come; done twice, it has done it once.
Chore = Callable[[], Awaitable[None]]

log = logging.getLogger(__name__)


class Sweeper:
    """Expires approvals, does the features' chores, drops old logs.

    (Runs of dead workers are claimed by living ones.)
    """

    def __init__(
        self,
        *,
        database: Database,
        approvals: Approvals,
        clock: Clock,
        sweep_seconds: float,
        log_retention_days: float,
        chores: Sequence[Chore] = (),
    ) -> None:
        self._database = database
        self._approvals = approvals
        self._clock = clock
        self._chores = chores
        self._retention = int(log_retention_days * DAY)
        self._pause = sweep_seconds
        self._next_trim = clock.monotonic()

    async def run(self) -> None:
        await forever(self._step, name="sweep")

    async def _step(self) -> None:
        now = self._clock.monotonic()
        if trim := now >= self._next_trim:
            self._next_trim = now + TRIM_SECONDS
        try:
            await self.sweep(trim=trim)
        except StorageUnavailable as failure:
            log.warning("a sweep failed", extra={"reason": str(failure)})
        await anyio.sleep(self._pause)

    async def sweep(self, *, trim: bool = False) -> None:
        await self._approvals.expire()
        for chore in self._chores:
            await chore()
        if trim:
            before = micros(self._clock.now()) - self._retention
            await self._database.run(_drop_old_logs, before)


def reclaim(tx: Transaction) -> None:
    """On the start of the one server that owns its data folder: no other worker is alive."""
    tx.runs.hand_back_all()
    tx.logs.drop_finished()


def _drop_old_logs(tx: Transaction, before: int) -> int:
    return tx.logs.drop_before(before)
