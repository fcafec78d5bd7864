"""Brings to this process what others write: one reader for all the logs that are followed here.

Whoever follows a log joins it in memory; no viewer has a connection of its own, so that however
many they are, Redis reads each log out once a process.
"""

from collections.abc import Callable, Iterable, Sequence
from secrets import token_hex

import anyio

from storage.errors import StorageUnavailable
from storage.events.live_log import LiveLog
from storage.events.redis_streams import (
    AFTER_ALL_ATTEMPTS,
    GROUPS,
    Entry,
    RedisStreams,
    entry_of,
)
from storage.redis.client import PREFIX, Redis
from storage.redis.link import Command

ANSWER_SECONDS = 2.0
PAUSE_SECONDS = 0.2
ENTRIES_AT_ONCE = 64
BELL_SECONDS = 3600


class RedisFollower:
    """The reading half of a process's event log."""

    def __init__(
        self,
        redis: Redis,
        streams: RedisStreams,
        *,
        window: float,
        block: float,
        close: Callable[[LiveLog], None],
    ) -> None:
        self._redis = redis
        self._lines = redis.lines()
        self._streams = streams
        self._window = window
        self._block = block
        self._close = close
        self._name = token_hex(8)
        self._readers = [_Reader() for _ in range(GROUPS)]

    def follow(self, log: LiveLog) -> None:
        self._readers[self._streams.group(log.run_id)].join(log)

    async def run(self) -> None:
        """Read until cancelled."""
        await self._until_known()
        # Who came before it was known where logs live stood in the first place.
        for log in self._readers[0].take_all():
            self.follow(log)
        groups = GROUPS if self._redis.routes.is_cluster else 1
        async with anyio.create_task_group() as tasks:
            for number, reader in enumerate(self._readers[:groups]):
                tasks.start_soon(self._read_on, reader, self._bell(number))
                tasks.start_soon(self._ring, reader, self._bell(number))

    async def _until_known(self) -> None:
        while True:
            try:
                return await self._redis.learn()
            except StorageUnavailable:
                await anyio.sleep(PAUSE_SECONDS)

    def _bell(self, group: int) -> str:
        return f"{PREFIX}bell:{{{group}}}:{self._name}"

    async def _read_on(self, reader: "_Reader", bell: str) -> None:
        looked = anyio.current_time()
        while True:
            try:
                await self._read(reader, bell)
                if anyio.current_time() - looked > self._block:
                    await self._look(reader)
                    looked = anyio.current_time()
            except StorageUnavailable:
                await anyio.sleep(PAUSE_SECONDS)

    async def _read(self, reader: "_Reader", bell: str) -> None:
        joined, logs = reader.joined, reader.wanted()
        if not logs:
            await reader.joined_since(joined)
            return
        reader.asked = joined
        try:
            answer = await self._wait_for_news(logs, bell, joined)
        finally:
            reader.asked = None
        if self._take(answer, logs):
            await anyio.sleep(self._window)

    async def _wait_for_news(
        self, logs: Sequence[LiveLog], bell: str, joined: int
    ) -> list[tuple[bytes, list[tuple[bytes, list[bytes]]]]]:
        keys = [bell, *(self._streams.log_key(log.run_id) for log in logs)]
        places = [f"{joined}-0", *(f"{len(log.frames)}-{AFTER_ALL_ATTEMPTS}" for log in logs)]
        block = int(self._block * 1000)
        waiting = ("XREAD", "COUNT", ENTRIES_AT_ONCE, "BLOCK", block, "STREAMS")
        command: Command = (*waiting, *keys, *places)
        seconds = self._block + ANSWER_SECONDS
        (answer,) = await self._lines.ask(bell, [command], seconds=seconds)
        return answer or []

    def _take(
        self,
        answer: Iterable[tuple[bytes, list[tuple[bytes, list[bytes]]]]],
        logs: Sequence[LiveLog],
    ) -> bool:
        """Whether any log has come further."""
        by_key = {self._streams.log_key(log.run_id).encode(): log for log in logs}
        news = False
        for key, entries in answer:
            if log := by_key.get(key):  # the bell has nothing to say but that it rang
                absorb(log, [entry_of(*entry) for entry in entries], close=self._close)
                news = True
        return news

    async def _ring(self, reader: "_Reader", bell: str) -> None:
        """Let a read that waits for some logs return when there are more of them.

        A ring is the number of logs that had joined by then, and a read waits for any beyond those
        that it knows: early, late, twice or for several at once, none is missed.
        """
        rung = 0
        while True:
            await reader.joined_since(rung)
            rung = reader.joined
            if reader.asked is None or reader.asked >= rung:
                continue  # the next read will know of them
            try:
                await self._redis.ask(
                    bell,
                    ("XADD", bell, "MAXLEN", 1, f"{rung}-0", "", ""),
                    ("EXPIRE", bell, BELL_SECONDS),
                )
            except StorageUnavailable:
                continue  # the read returns by itself soon

    async def _look(self, reader: "_Reader") -> None:
        """Find logs that have become shorter than what was read of them: lost, and begun anew."""
        logs = reader.wanted()
        if not logs:
            return
        read = [log.visible for log in logs]
        lasts = await self._streams.lasts(self._lines, [log.run_id for log in logs])
        for log, last, place in zip(logs, lasts, read, strict=True):
            if last is not None and last < place and log.writer is None:
                self._close(log)


class _Reader:
    """The logs of one group that are followed here."""

    def __init__(self) -> None:
        self.logs: dict[str, LiveLog] = {}
        # How many have ever joined, and how many of them the read that waits knows of.
        self.joined = 0
        self.asked: int | None = None
        self._joining = anyio.Event()

    def join(self, log: LiveLog) -> None:
        self.logs[log.run_id] = log
        self.joined += 1
        # Whoever joins makes the next event, so that no waiter can take it from another.
        joining, self._joining = self._joining, anyio.Event()
        joining.set()

    async def joined_since(self, known: int) -> None:
        while self.joined == known:
            await self._joining.wait()

    def wanted(self) -> list[LiveLog]:
        """Those that someone here reads and somebody elsewhere may write.

        What was left half-way here joins again once the store has it, or is known not to.
        """
        self.logs = {run_id: log for run_id, log in self.logs.items() if _is_followed(log)}
        return [log for log in self.logs.values() if len(log.frames) == log.visible]

    def take_all(self) -> list[LiveLog]:
        logs, self.logs = list(self.logs.values()), {}
        return logs


def absorb(log: LiveLog, entries: Sequence[Entry], *, close: Callable[[LiveLog], None]) -> None:
    """Take what the store has of a log beyond what is here; close one that goes on otherwise."""
    stored = log.visible
    for entry in entries:
        stored = max(stored, entry.last)
        if entry.last <= len(log.frames):
            continue
        frames = entry.split()
        first = entry.last - len(frames) + 1
        begun_anew = entry.attempt != log.attempt and entry.begun < len(log.frames)
        if begun_anew or first != len(log.frames) + 1:
            close(log)
            return
        log.attempt = entry.attempt
        log.frames += frames
        if entry.is_end:
            close(log)
    # Not all that is here: a writer that has come meanwhile may have brought more, to nobody yet.
    log.show(stored)


def _is_followed(log: LiveLog) -> bool:
    return bool(log.tails) and log.writer is None and not log.ended
