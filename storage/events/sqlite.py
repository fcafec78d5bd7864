"""An event log in SQLite: each window's new frames are durable in one commit, then seen.

All runs' frames go into one table in the order of their commits, and leave it from its beginning,
up to the first that an unfinished run still needs. So a commit writes a page or two, however many
runs it carries.
"""

from collections.abc import Callable, Sequence
from time import monotonic

from storage.events.live import Batch, Failures, LiveLogs, LiveWriter
from storage.events.live_log import LiveLog
from storage.events.live_tail import LiveTail
from storage.sql.database import Database
from storage.sql.transaction import Transaction

FRAME_END = b"\n\n"
# With a hundred runs at a model's pace this halves the commits, each of which waits for the disk;
# nobody sees that a word comes ten milliseconds later.
WIDEST_WINDOW = 0.015
# A run that nobody has gone on with for so long was deleted; its rows shall hold up no others.
ABANDONED_SECONDS = 86_400.0


class SqliteEventLog:
    """See EventLog. One process owns the file; others only read it when it is done."""

    def __init__(self, database: Database, *, window: float) -> None:
        self._database = database
        self._rows = LiveRows()
        self._live = LiveLogs(
            commit=self._commit, ended=self._forget, window=window, widest=WIDEST_WINDOW
        )

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

    async def forget(self, run_ids: Sequence[str]) -> None:
        return  # the rows go with their session's

    async def run(self) -> None:
        await self._live.run()

    async def _forget(self, log: LiveLog, _stored: int) -> None:
        self._rows.forget(log.run_id)

    async def _load(self, log: LiveLog) -> None:
        """Take up what a process that died has left."""
        left = await self._database.read(_live_frames, log.run_id)
        if left and not log.frames:
            log.frames = [frame + FRAME_END for frame in left.split(FRAME_END)[:-1]]
            log.visible = len(log.frames)

    async def _commit(self, batch: Batch) -> Failures:
        """All or nothing: rows of one table, and a file that takes no more takes nobody's."""
        rows = self._rows
        if not rows.known:
            rows.learn(*await self._database.read(_live_span))
        added = [
            (log.run_id, first, b"".join(log.frames[first - 1 : up_to]))
            for log, first, up_to in batch
        ]
        needed = rows.first_needed(self._is_written)
        await self._database.run(_keep, added, rows.next, needed if needed > rows.gone else 0)
        rows.kept([None if log.ended else log.run_id for log, _, _ in batch], gone=needed)
        return {}

    def _is_written(self, run_id: str) -> bool:
        log = self._live.get(run_id)
        return log is not None and log.writer is not None


class LiveRows:
    """Which rows of the table this process writes next, and which it still needs."""

    def __init__(self, *, time: Callable[[], float] = monotonic) -> None:
        self._time = time
        self.known = False
        self._ended_before: set[str] = set()
        # All rows before this one were dropped.
        self.gone = 0
        self.next = 1
        # Each unfinished run's first row, the oldest first.
        self._first: dict[str, int] = {}
        self._abandoned: tuple[str, float] | None = None

    def learn(self, first: dict[str, int], newest: int) -> None:
        """Begin after what an earlier process left; its runs need their rows until they end."""
        self._first = {run: row for run, row in first.items() if run not in self._ended_before}
        self.next = newest + 1
        self.known = True

    def kept(self, writers: Sequence[str | None], *, gone: int) -> None:
        """A commit is done: each row's run, or None where that has ended meanwhile."""
        for number, run_id in enumerate(writers, self.next):
            if run_id is not None:
                self._first.setdefault(run_id, number)
        self.next += len(writers)
        self.gone = gone

    def forget(self, run_id: str) -> None:
        """The run has ended: its archive has it all."""
        self._first.pop(run_id, None)
        if not self.known:
            self._ended_before.add(run_id)

    def first_needed(self, is_written: Callable[[str], bool]) -> int:
        for run_id, first in self._first.items():
            if is_written(run_id) or not self._is_abandoned(run_id):
                return first
        return self.next

    def _is_abandoned(self, run_id: str) -> bool:
        """Whether this run, the oldest, has been without a writer for too long."""
        if self._abandoned is None or self._abandoned[0] != run_id:
            self._abandoned = run_id, self._time()
        return self._time() - self._abandoned[1] > ABANDONED_SECONDS


def _keep(tx: Transaction, rows: Sequence[tuple[str, int, bytes]], number: int, gone: int) -> None:
    tx.logs.add_live(rows, number=number)
    if gone:
        tx.logs.drop_live_before(gone)


def _live_span(tx: Transaction) -> tuple[dict[str, int], int]:
    return tx.logs.live_span()


def _live_frames(tx: Transaction, run_id: str) -> bytes:
    return tx.logs.live(run_id)
