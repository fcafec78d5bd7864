"""Who joins logs while their reader waits for others, in hundreds of orders."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import anyio

from storage.errors import StorageUnavailable
from storage.events.live import Batch, Failures, LiveLogs
from storage.events.live_log import LiveLog
from storage.events.live_tail import LiveTail
from storage.events.redis_follower import RedisFollower, absorb
from storage.events.redis_streams import Entry, RedisStreams
from storage.redis.client import Lines, Redis
from storage.redis.link import Command, Reply
from tests.storage.reading import frame
from tests.support.seeded import LONGEST_HOP, SeededLoop, on_seed

SEEDS = 200
WINDOW = 0.005
# A read that waits returns by itself only after so long: whoever is told then was not told.
BLOCK_SECONDS = 1_000.0
VIEWERS = 3
# A ring, the answer of the read that it ends, and the next read: a few hops each way.
SOON_SECONDS = WINDOW + 10 * LONGEST_HOP


class SeededRedis(Redis):
    """Streams in memory, each command on its way for a while: as much of Redis as is followed."""

    def __init__(self, loop: SeededLoop) -> None:
        self.loop = loop
        self.streams: dict[str, list[tuple[tuple[int, int], bytes, bytes]]] = {}
        self.changed = anyio.Event()
        super().__init__("redis://127.0.0.1:1/0")

    def lines(self) -> Lines:
        return SeededLines(self)

    async def learn(self) -> None:
        await self.hop()

    async def hop(self) -> None:
        await anyio.sleep(self.loop.random.uniform(0, LONGEST_HOP))

    def add(self, key: str, number: int, sequence: int, field: bytes, value: bytes) -> None:
        stream = self.streams.setdefault(key, [])
        if stream and stream[-1][0] >= (number, sequence):
            raise AssertionError("Redis takes no id that is not beyond the last")
        stream.append(((number, sequence), field, value))
        changed, self.changed = self.changed, anyio.Event()
        changed.set()


class SeededLines(Lines):
    """The connections of one purpose."""

    def __init__(self, redis: SeededRedis) -> None:
        super().__init__(redis)
        self.store = redis

    async def ask(
        self, key: str, commands: Sequence[Command], *, seconds: float = 2.0
    ) -> list[Reply]:
        await self.store.hop()
        replies = [await self._answer(command) for command in commands]
        await self.store.hop()
        return replies

    async def _answer(self, command: Command) -> Reply:
        match command:
            case ("XADD", str(key), "MAXLEN", 1, str(at), *_):
                self.store.add(key, int(at.split("-")[0]), 0, b"", b"")
                return at
            case ("XREAD", "COUNT", _, "BLOCK", block, "STREAMS", *rest):
                middle = len(rest) // 2
                places = {str(k): str(p) for k, p in zip(rest[:middle], rest[middle:], strict=True)}
                with anyio.move_on_after(float(block) / 1000):
                    return await self._news(places)
        return None

    async def _news(self, places: dict[str, str]) -> Reply:
        while True:
            answer = []
            for key, place in places.items():
                after = tuple(map(int, place.split("-")))
                found = [entry for entry in self.store.streams.get(key, ()) if entry[0] > after]
                shown = [(b"%d-%d" % at, [field, value]) for at, field, value in found]
                answer += [(key.encode(), shown)] if shown else []
            if answer:
                return answer
            await self.store.changed.wait()


class Scene:
    """A process that only reads, and logs that are written somewhere else."""

    def __init__(self, loop: SeededLoop) -> None:
        self.redis = SeededRedis(loop)
        self.streams = RedisStreams(self.redis)
        self.live = LiveLogs(
            commit=self._commit, ended=_none, window=WINDOW, unwritten=self._follow
        )
        self.follower = RedisFollower(
            self.redis, self.streams, window=WINDOW, block=BLOCK_SECONDS, close=self.live.close
        )
        self.random = loop.random
        self.waited: list[float] = []

    async def _commit(self, batch: Batch) -> Failures:
        """A store that takes its time, and does not take every run's frames."""
        await self.redis.hop()
        failures: dict[str, Exception] = {}
        for log, _, up_to in batch:
            if log.run_id.endswith("refused"):
                failures[log.run_id] = StorageUnavailable("refused for a test")
            else:
                self.redis.add(self.streams.log_key(log.run_id), up_to, 1, b"0", frame(up_to))
        return failures

    def _follow(self, log: LiveLog) -> None:
        self.follower.follow(log)

    async def pause(self) -> None:
        # Long enough for the others to be quiet: what they are told ends the read for all.
        await anyio.sleep(self.random.uniform(0, 5))

    async def view(self, run_id: str) -> None:
        """Join a log whose first frame is there or comes later, and read it to its end."""
        key = self.streams.log_key(run_id)
        await self.pause()
        early = self.random.random() < 0.5
        if early:
            self.redis.add(key, 1, 1, b"0", frame(1))
        tail = self.live.follow(run_id, 0)
        if not early:
            await self.pause()
            self.redis.add(key, 1, 1, b"0", frame(1))
        await self.until_read(tail)
        self.redis.add(key, 2, 1, b"0.", frame(2))
        await self.until_read(tail)
        assert await tail.next() is None
        tail.close()

    async def leave_half_way(self, run_id: str) -> None:
        """Write what the store has not answered for yet, leave, and have the run done elsewhere."""
        tail = self.live.follow(run_id, 0)
        writer = await self.live.write(tail.log, 1)
        await self.pause()
        writer.append(frame(1))
        if self.random.random() < 0.5:
            await self.redis.hop()
        writer.leave()
        await self.pause()
        there = len(self.redis.streams.get(self.streams.log_key(run_id), ()))
        self.redis.add(self.streams.log_key(run_id), there + 1, 2, b"%d" % there, frame(there + 1))
        if there:
            await self.until_read(tail)
        await self.until_read(tail)
        assert tail.position == there + 1
        tail.close()

    async def until_read(self, tail: LiveTail) -> None:
        since = anyio.current_time()
        await tail.next()
        self.waited.append(anyio.current_time() - since)

    @asynccontextmanager
    async def under_way(self) -> AsyncIterator[None]:
        async with anyio.create_task_group() as carrier:
            carrier.start_soon(self.follower.run)
            carrier.start_soon(self.live.run)
            yield
            carrier.cancel_scope.cancel()
        assert self.waited
        assert max(self.waited) < SOON_SECONDS


async def _none(*_: object) -> None:
    return


async def join(loop: SeededLoop) -> None:
    scene = Scene(loop)
    async with scene.under_way():
        for generation in range(3):
            async with anyio.create_task_group() as viewers:
                for number in range(VIEWERS):
                    viewers.start_soon(scene.view, f"run-{generation}-{number}")


async def leave(loop: SeededLoop) -> None:
    scene = Scene(loop)
    async with scene.under_way():
        quiet = scene.live.follow("run-quiet", 0)
        async with anyio.create_task_group() as writers:
            writers.start_soon(scene.leave_half_way, "run-taken")
            writers.start_soon(scene.leave_half_way, "run-refused")
        quiet.close()


def test_in_every_order_whoever_joins_a_log_is_told_soon() -> None:
    """No ring is lost between the task that reads and the one that rings."""
    for seed in range(SEEDS):
        on_seed(seed, join)


def test_in_every_order_a_log_that_was_left_half_way_is_read_on() -> None:
    """Its reader waits for another one meanwhile; the store's answer brings it back."""
    for seed in range(SEEDS):
        on_seed(seed, leave)


def test_what_only_its_writer_has_is_not_shown_by_what_the_store_tells() -> None:
    log = LiveLog("run")
    log.frames = [f"id: {number}\n\n".encode() for number in range(1, 5)]

    absorb(log, [Entry(1, 0, 1, log.frames[0], is_end=False)], close=lambda _log: None)

    assert log.visible == 1
