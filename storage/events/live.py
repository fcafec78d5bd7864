"""The in-process half of every event log: frames in memory, the commit window, the tails.

A commit is the flush: within a window all runs' new frames go to the store together, and only
then does each tail get one chunk with all that it lacks. That order is the safe one, as nobody sees
what a crash could forget, and the cheap one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import anyio

from storage.errors import LogClosed, LogFenced
from storage.events.base import CROWDED_BYTES
from storage.events.live_log import LiveLog, wait_for_change
from storage.events.live_tail import LiveTail

# However slow the store, frames wait no longer than this for company.
LONGEST_PAUSE = 0.05
# A commit that carries so many more runs is worth another window's wait, up to so many windows.
COMPANY = 8
MOST_WINDOWS = 3


class LiveWriter:
    """See LogWriter."""

    __slots__ = ("_live", "_log")

    def __init__(self, live: "LiveLogs", log: LiveLog) -> None:
        self._live = live
        self._log = log

    @property
    def last(self) -> int:
        return len(self._log.frames)

    @property
    def crowded(self) -> bool:
        return self._log.waiting_bytes > CROWDED_BYTES

    def append(self, frame: bytes) -> None:
        log = self._log
        if log.writer is not self:
            raise LogClosed(log.run_id) if log.ended else LogFenced(log.run_id)
        if log.failure is not None:
            raise log.failure
        log.frames.append(frame)
        log.waiting_bytes += len(frame)
        if not log.dirty:
            self._live.mark_dirty(log)

    async def durable(self) -> None:
        log = self._log
        wanted = len(log.frames)
        while log.visible < wanted:
            if log.failure is not None:
                raise log.failure
            if log.writer is not self:
                raise LogFenced(log.run_id)
            await wait_for_change(log)

    def whole(self) -> bytes:
        return b"".join(self._log.frames)

    async def finish(self, frame: bytes) -> None:
        log = self._log
        if log.writer is not self:
            raise LogFenced(log.run_id)
        log.frames.append(frame)
        await self._live.end(log)

    def leave(self) -> None:
        if self._log.writer is self:
            self._live.without_writer(self._log)


# Logs with the first and the last of their frames that go to the store now.
Batch = Sequence[tuple[LiveLog, int, int]]
# By run, what kept the store from taking a log's frames; the others it has.
Failures = Mapping[str, Exception]


class LiveLogs:
    """All logs under way in this process, and the task that carries their frames to the store."""

    def __init__(
        self,
        *,
        commit: Callable[[Batch], Awaitable[Failures]],
        ended: Callable[[LiveLog, int], Awaitable[None]],
        window: float,
        widest: float = 0.0,
        only_copy: bool = False,
        unwritten: Callable[[LiveLog], None] = lambda _log: None,
    ) -> None:
        """`commit` raises where it took nothing at all. `ended` is told of a log and how far the
        store has it, `unwritten` of one that has readers here and its writer, if any, in another
        process. Where many runs speak at once, the window grows up to the `widest`."""
        self._commit = commit
        self._ended = ended
        self._unwritten = unwritten
        self._window = window
        self._widest = widest
        # Whether no store has what these logs hold.
        self._only_copy = only_copy
        self._logs: dict[str, LiveLog] = {}
        self._dirty: list[LiveLog] = []
        self._idle: asyncio.Future[None] | None = None
        self._next_at = float("-inf")
        self._flushing = asyncio.Lock()
        self.stopping = False

    def get(self, run_id: str) -> LiveLog | None:
        return self._logs.get(run_id)

    def enter(self, run_id: str) -> LiveLog:
        log = self._logs.get(run_id)
        if log is None:
            log = self._logs[run_id] = LiveLog(run_id)
        return log

    async def write(self, log: LiveLog, attempt: int) -> LiveWriter:
        """Make a new writer the log's own; the earlier one is fenced from here on."""
        taken = log.writer is not None and log.attempt >= attempt
        if taken or log.ended:  # it may have ended while its frames were being read
            raise LogFenced(log.run_id)
        log.writer = writer = LiveWriter(self, log)
        log.attempt = attempt
        if len(log.frames) > log.visible:
            async with self._flushing:  # its frames may be on their way to the store just now
                log.forget_unseen()
        log.failure = None
        log.wake()
        return writer

    def follow(self, run_id: str, after: int) -> LiveTail:
        tail = LiveTail(self.enter(run_id), after, on_close=self.drop_if_idle)
        if tail.log.writer is None:
            self._unwritten(tail.log)
        return tail

    def without_writer(self, log: LiveLog) -> None:
        """Nobody here writes it any more; who reads it here still wants what comes."""
        log.writer = None
        if log.failure is not None:
            log.forget_unseen()
        if log.tails:
            self._unwritten(log)
        self.drop_if_idle(log)

    def mark_dirty(self, log: LiveLog) -> None:
        log.dirty = True
        self._dirty.append(log)
        self.stir()

    def stir(self) -> None:
        """Wake the carrying task: there is something to bring to the store."""
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)

    async def end(self, log: LiveLog) -> None:
        """The archive holds the whole log: show the rest, end the tails, forget the run."""
        stored = log.visible
        log.writer = None
        self.close(log)
        log.show(len(log.frames))
        await self._ended(log, stored)

    def close(self, log: LiveLog) -> None:
        """Let every tail end after what can be seen; whoever asks for the run finds another log."""
        log.ended = True
        if self._logs.get(log.run_id) is log:
            del self._logs[log.run_id]
        log.wake()

    def drop_if_idle(self, log: LiveLog) -> None:
        """Forget a log that nobody writes or reads, unless the store lacks some of it."""
        idle = log.writer is None and not log.tails and not self._is_needed(log)
        if idle and self._logs.get(log.run_id) is log:
            del self._logs[log.run_id]

    def _is_needed(self, log: LiveLog) -> bool:
        if self._only_copy:
            return bool(log.frames)
        return len(log.frames) > log.visible and log.failure is None

    async def run(self) -> None:
        now = asyncio.get_running_loop().time
        try:
            while True:
                await self._until_dirty()
                await self._until_window()
                began = now()
                carried = await self._flush()
                self._next_at = now() + self._rest(carried, now() - began)
        finally:
            self.stopping = True
            with anyio.CancelScope(shield=True):
                await self._flush()

    async def _until_dirty(self) -> None:
        if not self._dirty:
            self._idle = asyncio.get_running_loop().create_future()
            await self._idle

    async def _until_window(self) -> None:
        """The first frame after a quiet spell goes at once, the next wait for company."""
        wait = self._next_at - asyncio.get_running_loop().time()
        if wait > 0:
            await asyncio.sleep(wait)

    def _rest(self, carried: int, took: float) -> float:
        """How long what comes next is gathered: a store that takes longer than the window, or that
        many runs wait for, gets more at once."""
        windows = min(1 + (carried - 1) / COMPANY, MOST_WINDOWS)
        grown = min(self._window * windows, self._widest)
        return max(self._window, grown, min(took, LONGEST_PAUSE))

    async def _flush(self) -> int:
        """Bring all that waits to the store; say of how many runs that was."""
        async with self._flushing:
            if batch := self._take():
                await self._carry(batch)
            return len(batch)

    async def _carry(self, batch: Batch) -> None:
        failures: Failures
        try:
            # The store does not stop half-way, so whoever is stopped here must hear its answer.
            with anyio.CancelScope(shield=True):
                failures = await self._commit(batch)
        except Exception as failure:  # noqa: BLE001 - whatever it was, these writers must hear it
            failures = {log.run_id: failure for log, _, _ in batch}
        for log, _, up_to in batch:
            if not log.ended:
                self._judge(log, up_to, failures.get(log.run_id))

    def _judge(self, log: LiveLog, up_to: int, failure: Exception | None) -> None:
        """Show what the store has, or let who wrote it know; who left is not waited for."""
        if failure is None:
            log.show(up_to)
        else:
            log.failure = failure
            log.wake()
        if log.writer is None or isinstance(failure, LogFenced):  # there is a writer elsewhere
            self.without_writer(log)

    def _take(self) -> list[tuple[LiveLog, int, int]]:
        dirty, self._dirty = self._dirty, []
        batch = []
        for log in dirty:
            log.dirty = False
            if not log.ended and len(log.frames) > log.visible:
                batch.append((log, log.visible + 1, len(log.frames)))
        return batch
