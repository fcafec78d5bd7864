"""An event log in SQLite: each window's new frames are durable in one commit, then seen."""

from storage.events.live import Batch, LiveLog, LiveLogs, LiveTail, LiveWriter
from storage.sql.database import Database
from storage.sql.transaction import Transaction

FRAME_END = b"\n\n"


class SqliteEventLog:
    """See EventLog. One process owns the file; others only read it when it is done."""

    def __init__(self, database: Database, *, window: float) -> None:
        self._database = database
        self._finished: list[str] = []
        self._live = LiveLogs(commit=self._commit, ended=self._finished.append, window=window)

    async def open(self, run_id: str, *, attempt: int) -> LiveWriter:
        log = self._live.enter(run_id)
        if attempt > 1 and not log.frames:
            await self._load(log)
        return await self._live.write(log, attempt)

    def follow(self, run_id: str, *, after: int = 0) -> LiveTail:
        return self._live.follow(run_id, after)

    async def last(self, run_id: str) -> int:
        log = self._live.get(run_id)
        if log is not None and log.writer is not None:
            return log.visible
        return (await self._database.read(_live_frames, run_id)).count(FRAME_END)

    async def run(self) -> None:
        await self._live.run()

    async def _load(self, log: LiveLog) -> None:
        """Take up what a process that died has left."""
        left = await self._database.read(_live_frames, log.run_id)
        if left and not log.frames:
            log.frames = [frame + FRAME_END for frame in left.split(FRAME_END)[:-1]]
            log.visible = len(log.frames)

    async def _commit(self, batch: Batch) -> None:
        rows = [
            (log.run_id, first, b"".join(log.frames[first - 1 : up_to]))
            for log, first, up_to in batch
        ]
        # The slice keeps what arrives while the commit is under way for the next one.
        finished = self._finished[:]
        await self._database.run(_keep, rows, finished)
        del self._finished[: len(finished)]


def _keep(tx: Transaction, rows: list[tuple[str, int, bytes]], finished: list[str]) -> None:
    tx.logs.add_live(rows)
    if finished:
        tx.logs.drop_live(finished)


def _live_frames(tx: Transaction, run_id: str) -> bytes:
    return tx.logs.live(run_id)
