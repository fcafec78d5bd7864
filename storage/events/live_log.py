"""One run's frames in this process, and how whoever waits for more of them is told."""

import asyncio
from typing import Protocol

from storage.events.base import FRAMES_AT_ONCE, LogWriter


class Reader(Protocol):
    """Who is told of each change."""

    def changed(self) -> None: ...


class LiveLog:
    """One run's frames in this process: the first `visible` are durable, the rest wait."""

    __slots__ = (
        "_chunk",
        "_chunk_from",
        "_chunk_to",
        "attempt",
        "begun",
        "dirty",
        "ended",
        "failure",
        "fence",
        "frames",
        "run_id",
        "tails",
        "visible",
        "waiters",
        "waiting_bytes",
        "writer",
    )

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.frames: list[bytes] = []
        self.visible = 0
        self.waiting_bytes = 0
        self.dirty = False
        self.ended = False
        self.failure: Exception | None = None
        self.writer: LogWriter | None = None
        self.attempt = 0
        # What a store between processes is told with each write: whose it is, and after which
        # frame that writer began.
        self.fence = 0
        self.begun = 0
        self.tails: dict[Reader, None] = {}  # in the order in which they came
        # Who waits for the next change alone.
        self.waiters: list[asyncio.Future[None]] = []
        self._chunk = b""
        self._chunk_from = self._chunk_to = 0

    def show(self, up_to: int) -> None:
        """Frames up to this number are durable: wake whoever waits for them."""
        self.visible = up_to
        self.waiting_bytes = sum(map(len, self.frames[up_to:]))
        self.wake()

    def wake(self) -> None:
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            release(waiter)
        for tail in tuple(self.tails):
            tail.changed()

    def chunk_after(self, position: int) -> tuple[bytes, int]:
        """The next frames joined, and the last one's number; tails at one place share the bytes."""
        up_to = min(self.visible, position + FRAMES_AT_ONCE)
        if (position, up_to) != (self._chunk_from, self._chunk_to):
            frames = self.frames[position:up_to]
            self._chunk = frames[0] if len(frames) == 1 else b"".join(frames)
            self._chunk_from, self._chunk_to = position, up_to
        return self._chunk, up_to

    def forget_unseen(self) -> None:
        """What an earlier writer left behind undurable never was."""
        del self.frames[self.visible :]
        self.waiting_bytes = 0


async def wait_for_change(log: LiveLog) -> None:
    """Return after the log's next show, end or failure."""
    waiter = asyncio.get_running_loop().create_future()
    log.waiters.append(waiter)
    await waiter


def release(waiter: asyncio.Future[None]) -> None:
    """Let go on who waits, unless they have given up or were let go before."""
    if not waiter.done():
        waiter.set_result(None)
