"""An event log in Redis: written by one process, followed by any number of them."""

from collections.abc import Sequence
from itertools import count
from secrets import token_hex

import anyio

from storage.errors import LogFenced, StorageUnavailable
from storage.events.live import Batch, Failures, LiveLogs, LiveWriter
from storage.events.live_log import LiveLog
from storage.events.live_tail import LiveTail
from storage.events.redis_follower import RedisFollower, absorb
from storage.events.redis_streams import Addition, RedisStreams
from storage.redis.client import Redis

# How long frames wait in memory for a Redis that is away, before their runs are told.
PATIENCE_SECONDS = 10.0
PAUSE_SECONDS = 0.1
# A read that waits for news returns after so long without any.
BLOCK_SECONDS = 1.0


class RedisEventLog:
    """See EventLog. What one process writes, the viewers in every process see."""

    def __init__(
        self,
        redis: Redis,
        *,
        window: float,
        patience: float = PATIENCE_SECONDS,
        block: float = BLOCK_SECONDS,
        streams: RedisStreams | None = None,
    ) -> None:
        self._patience = patience
        self._streams = streams or RedisStreams(redis)
        self._live = LiveLogs(
            commit=self._commit, ended=self._end, window=window, unwritten=self._follow
        )
        self._follower = RedisFollower(
            redis, self._streams, window=window, block=block, close=self._live.close
        )
        self._name = token_hex(8)
        self._opened = count(1)
        # By group, since when nothing could be brought.
        self._away_since: dict[int, float] = {}

    async def open(self, run_id: str, *, attempt: int) -> LiveWriter:
        log = self._live.enter(run_id)
        writer = await self._live.write(log, attempt)
        owner = f"{self._name}-{next(self._opened)}"
        try:
            last = await self._take_up(log, attempt, owner)
            if last < log.visible:
                # The store has lost some of what was read here: its readers have another log.
                self._live.close(log)
                log = self._live.enter(run_id)
                writer = await self._live.write(log, attempt)
                last = await self._take_up(log, attempt, owner)
        except BaseException:
            writer.leave()
            raise
        if log.writer is not writer:
            raise LogFenced(run_id)
        log.fence, log.begun = attempt, last
        return writer

    def follow(self, run_id: str, *, after: int = 0) -> LiveTail:
        return self._live.follow(run_id, after)

    async def last(self, run_id: str) -> int:
        log = self._live.get(run_id)
        if log is not None and log.writer is not None:
            return log.visible
        return await self._streams.last(run_id)

    async def forget(self, run_ids: Sequence[str]) -> None:
        for run_id in run_ids:
            await self._streams.drop(run_id)

    async def run(self) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._follower.run)
            await self._live.run()

    def _follow(self, log: LiveLog) -> None:
        self._follower.follow(log)

    async def _take_up(self, log: LiveLog, attempt: int, owner: str) -> int:
        """Become the writer in the store, and have what earlier ones left there."""
        last, entries = await self._streams.open(
            log.run_id, attempt=attempt, owner=owner, have=log.visible
        )
        absorb(log, entries, close=self._live.close)
        return last

    # --- carrying ---------------------------------------------------------------------------

    async def _commit(self, batch: Batch) -> Failures:
        groups: dict[int, list[Addition]] = {}
        for log, first, up_to in batch:
            addition = _addition(log, first, up_to)
            groups.setdefault(self._streams.group(log.run_id), []).append(addition)
        failures: dict[str, Exception] = {}

        async def bring(additions: list[Addition]) -> None:
            answers = await self._append_patiently(additions)
            for one, answer in zip(additions, answers, strict=True):
                if answer is not None:
                    failures[one.run_id] = answer

        if len(groups) == 1:
            await bring(*groups.values())
        else:
            async with anyio.create_task_group() as tasks:
                for additions in groups.values():
                    tasks.start_soon(bring, additions)
        return failures

    async def _append_patiently(self, additions: list[Addition]) -> list[Exception | None]:
        """Sent again until there is an answer: the script finds what it has already."""
        group = self._streams.group(additions[0].run_id)
        while True:
            try:
                answers = await self._streams.append(additions)
            except StorageUnavailable as failure:
                # One patience for an outage, not one for each log that is brought in it.
                since = self._away_since.setdefault(group, anyio.current_time())
                if self._live.stopping or anyio.current_time() > since + self._patience:
                    return [failure] * len(additions)
            else:
                self._away_since.pop(group, None)
                return answers
            await anyio.sleep(PAUSE_SECONDS)

    async def _end(self, log: LiveLog, stored: int) -> None:
        """Tell who reads elsewhere; who is not reached finds the end in the archive."""
        addition = _addition(log, stored + 1, len(log.frames), is_end=True)
        try:
            await self._streams.append([addition])
        except StorageUnavailable:
            return


def _addition(log: LiveLog, first: int, last: int, *, is_end: bool = False) -> Addition:
    return Addition(
        log.run_id,
        log.fence,
        log.begun,
        first,
        last,
        b"".join(log.frames[first - 1 : last]),
        is_end,
    )
