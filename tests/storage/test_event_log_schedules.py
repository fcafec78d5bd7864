"""Writers, readers and a slow store in hundreds of orders; what viewers saw agrees in each."""

from collections.abc import Awaitable, Callable
from functools import partial

import anyio
import pytest

from storage.errors import LogClosed, LogFenced
from storage.events.base import EventLog, LogWriter
from storage.events.memory import MemoryEventLog
from storage.events.sqlite import SqliteEventLog
from storage.sql.database import Database
from tests.storage.reading import RUN, frame
from tests.support.seeded import SeededLanes, SeededLoop, empty_database, on_seed

SEEDS = 120
WRITERS = 4
VIEWERS = 5
WORDS = 12


def memory(_loop: SeededLoop) -> EventLog:
    return MemoryEventLog(window=0.005)


def sqlite(loop: SeededLoop) -> EventLog:
    return SqliteEventLog(Database(SeededLanes(loop, empty_database())), window=0.005)


class Scene:
    """Some writers that take the run from one another, and viewers that come and go."""

    def __init__(self, loop: SeededLoop, log: EventLog) -> None:
        self.log = log
        self.random = loop.random
        # Where a viewer began, and what it saw.
        self.seen: list[tuple[int, bytes]] = []
        # The whole log at its end; who comes later reads it here.
        self.archive: list[bytes] = []

    async def pause(self) -> None:
        await anyio.sleep(self.random.uniform(0, 0.03))

    async def write(self, attempt: int) -> None:
        await self.pause()
        if self.archive:  # nobody is given a run that has ended
            return
        try:
            writer = await self.log.open(RUN, attempt=attempt)
            await self.speak(writer, attempt)
        except (LogFenced, LogClosed):
            return

    async def speak(self, writer: LogWriter, attempt: int) -> None:
        for _ in range(self.random.randrange(WORDS)):
            writer.append(frame(writer.last + 1, f"by-{attempt}"))
            if self.random.random() < 0.3:
                await self.pause()
            if self.random.random() < 0.2:
                await writer.durable()
        if attempt == WRITERS:
            final = frame(writer.last + 1, "end")
            self.archive = split(writer.whole() + final)
            await writer.finish(final)

    async def view(self, after: int) -> None:
        """Read as viewers do: some leave, and come back to their place."""
        seen = b""
        tail = self.log.follow(RUN, after=after)

        def take(chunk: bytes) -> bool:
            nonlocal seen
            keeps_up = self.random.random() < 0.7
            seen += chunk if keeps_up else b""
            return keeps_up

        while (chunk := await tail.next(take)) is not None:
            seen += chunk
            if self.random.random() < 0.2:
                await self.pause()
            if self.random.random() < 0.1:
                tail.close()
                if self.archive:
                    seen += b"".join(self.archive[tail.position :])
                    break
                tail = self.log.follow(RUN, after=tail.position)
        self.seen.append((after, seen))

    async def play(self) -> None:
        async with anyio.create_task_group() as carrier:
            carrier.start_soon(self.log.run)
            async with anyio.create_task_group() as tasks:
                for _ in range(VIEWERS):
                    tasks.start_soon(self.view, self.random.choice([0, 0, 1, 3]))
                for attempt in range(1, WRITERS + 1):
                    tasks.start_soon(self.write, attempt)
            carrier.cancel_scope.cancel()

    def check(self) -> None:
        numbers = [written.split(b"\n")[0] for written in self.archive]
        assert numbers == [b"id: t-%d" % number for number in range(1, len(numbers) + 1)]
        assert self.seen == [(after, b"".join(self.archive[after:])) for after, _ in self.seen]
        assert len(self.seen) == VIEWERS


def split(log: bytes) -> list[bytes]:
    return [written + b"\n\n" for written in log.split(b"\n\n")[:-1]]


async def play(make: Callable[[SeededLoop], EventLog], loop: SeededLoop) -> None:
    scene = Scene(loop, make(loop))
    await scene.play()
    scene.check()


@pytest.mark.parametrize("make", [memory, sqlite], ids=lambda make: make.__name__)
def test_in_every_order_all_viewers_see_one_and_the_same_log(
    make: Callable[[SeededLoop], EventLog],
) -> None:
    scenario: Callable[[SeededLoop], Awaitable[None]] = partial(play, make)
    for seed in range(SEEDS):
        on_seed(seed, scenario)
