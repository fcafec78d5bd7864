"""Who joins a log while its reader waits for others, in hundreds of orders on a clock that jumps."""

from collections.abc import Sequence

import anyio

from storage.events.live import LiveLogs, LiveTail
from storage.events.live_log import LiveLog
from storage.events.redis_follower import RedisFollower
from storage.events.redis_streams import RedisStreams
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

    def lines(self, most: int = 1) -> Lines:
        return SeededLines(self, most)

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

    def __init__(self, redis: SeededRedis, most: int) -> None:
        super().__init__(redis, most)
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
        self.live = LiveLogs(commit=_none, ended=_none, window=WINDOW, unwritten=self._follow)
        self.follower = RedisFollower(
            self.redis, self.streams, window=WINDOW, block=BLOCK_SECONDS, close=self.live.close
        )
        self.random = loop.random
        self.waited: list[float] = []

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

    async def until_read(self, tail: LiveTail) -> None:
        since = anyio.current_time()
        await tail.next()
        self.waited.append(anyio.current_time() - since)

    async def play(self) -> None:
        async with anyio.create_task_group() as carrier:
            carrier.start_soon(self.follower.run)
            for generation in range(3):
                async with anyio.create_task_group() as viewers:
                    for number in range(VIEWERS):
                        viewers.start_soon(self.view, f"run-{generation}-{number}")
            carrier.cancel_scope.cancel()


async def _none(*_: object) -> None:
    return


async def play(loop: SeededLoop) -> None:
    scene = Scene(loop)
    await scene.play()
    assert len(scene.waited) == 3 * VIEWERS * 2
    assert max(scene.waited) < SOON_SECONDS


def test_in_every_order_whoever_joins_a_log_is_told_soon() -> None:
    """No ring is lost between the task that reads and the one that rings."""
    for seed in range(SEEDS):
        on_seed(seed, play)
