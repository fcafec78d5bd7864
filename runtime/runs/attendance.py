"""Who was there when a run ended: whoever was not, and stays away, is told that it did."""

from collections.abc import Callable
from dataclasses import dataclass

from runtime.clock import SECOND, Clock, micros
from runtime.runs.notices import Notices, notice_of_ending
from storage.crashpoints import crashpoint, register
from storage.sql.database import Database
from storage.sql.runs import RunRow, RunStatus
from storage.sql.transaction import Transaction
from storage.sql.unseen import UnseenRow

TOLD_AT_ONCE = 100
WORTH_TELLING = (RunStatus.SUCCEEDED, RunStatus.FAILED)

register("unseen.told")


@dataclass(frozen=True, slots=True)
class Attendance:
    """Notes the endings that nobody saw here; another server's viewers take them back."""

    database: Database
    notices: Notices
    clock: Clock
    seconds: float
    is_followed: Callable[[str], bool]

    def unseen(self, run: RunRow, status: RunStatus) -> UnseenRow | None:
        """What to note of this ending, if anything."""
        if status not in WORTH_TELLING or self.is_followed(run.id):
            return None
        due_at = self._now() + int(self.seconds * SECOND)
        succeeded = status is RunStatus.SUCCEEDED
        return UnseenRow(run.id, run.user_id, run.session_id, succeeded, due_at)

    async def came_back(self, session_id: str) -> None:
        """The user looks at the session: nothing in it needs to be told."""
        if await self.database.read(_has_unseen, session_id):
            await self.database.run(seen, session_id)

    async def sweep(self) -> None:
        """Tell what nobody came back for, each once: both in one transaction."""
        told = TOLD_AT_ONCE
        while told == TOLD_AT_ONCE:
            told = await self.database.run(self._tell_due)

    def _tell_due(self, tx: Transaction) -> int:
        due = tx.unseen.due(now=self._now(), most=TOLD_AT_ONCE)
        for ending in due:
            if tx.unseen.take(ending.run_id):
                notice = notice_of_ending(
                    tx, ending.user_id, ending.session_id, succeeded=ending.succeeded
                )
                self.notices.tell(tx, ending.user_id, notice)
                crashpoint("unseen.told")
        return len(due)

    def _now(self) -> int:
        return micros(self.clock.now())


def _has_unseen(tx: Transaction, session_id: str) -> bool:
    return tx.unseen.in_session(session_id)


def seen(tx: Transaction, session_id: str) -> None:
    tx.unseen.seen(session_id)
