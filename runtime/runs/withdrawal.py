"""A user calls a run off: whether it waits in the queue, speaks, or waits for the user."""

from runtime.runs.approvals import Approvals
from runtime.runs.finding import owned_run
from runtime.runs.topics import CANCEL, WORK
from storage.sql.database import Database
from storage.sql.runs import RunRow, RunStatus
from storage.sql.transaction import Transaction
from storage.wake.base import Wake


class Withdrawal:
    """Asks for the end of a run; whoever drives it writes that end."""

    def __init__(self, *, database: Database, wake: Wake, approvals: Approvals) -> None:
        self._database = database
        self._wake = wake
        self._approvals = approvals

    async def cancel(self, user_id: str, run_id: str) -> RunRow:
        run = await self._database.run(self._cancel, user_id, run_id)
        # Lost nudges are found by the workers' heartbeat and poll.
        await self._wake.ring(CANCEL)
        await self._wake.ring(WORK)
        return run

    def _cancel(self, tx: Transaction, user_id: str, run_id: str) -> RunRow:
        run = owned_run(tx, user_id, run_id)
        if not tx.runs.request_cancel(run_id):
            run = owned_run(tx, user_id, run_id)  # it may have begun to wait since it was read
            if run.status == RunStatus.INTERRUPTED:
                self._call_off(tx, run)
        return owned_run(tx, user_id, run_id)

    def _call_off(self, tx: Transaction, run: RunRow) -> None:
        tx.sessions.lock(run.session_id)
        if any(call.run_id == run.id for call in tx.tool_calls.open_in(run.session_id)):
            self._approvals.abandon(tx, run)
