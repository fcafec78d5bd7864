"""The event logs that the suite is run on: one entry for each backend."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import anyio
from sqlalchemy import Connection, text

from storage.errors import StorageUnavailable
from storage.events.base import EventLog
from storage.events.memory import MemoryEventLog
from storage.events.redis import RedisEventLog
from storage.events.redis_streams import Addition, RedisStreams
from storage.events.sqlite import SqliteEventLog
from storage.redis.client import Redis
from storage.sql.database import Database
from storage.sql.sqlite import SqliteLanes
from tests.support.redis import kinds, shared_server

WINDOW = 0.001

Work = Callable[[Connection], Any]


class Store(Protocol):
    """What is behind a log, as far as a test may meddle with it."""

    def hold(self) -> None:
        """Let what is brought from now on wait."""

    def release(self) -> None:
        """Take what waits, and what comes."""

    async def brought(self) -> None:
        """Return once something waits before the held store."""

    def refuse(self, word: bytes) -> None:
        """Take nothing that has a frame with this word in it."""

    def accept(self) -> None:
        """Refuse nothing any more."""


class Carried:
    """A log whose frames are being carried to its store, until it is stopped."""

    def __init__(self, log: EventLog) -> None:
        self.log = log
        self._scope = anyio.CancelScope()
        self._stopped = anyio.Event()

    async def run(self) -> None:
        with self._scope:
            await self.log.run()
        self._stopped.set()

    async def stop(self) -> None:
        self._scope.cancel()
        await self._stopped.wait()


@dataclass(frozen=True)
class Stand:
    """A fresh log, under way."""

    log: EventLog
    stop: Callable[[], Any]


@dataclass(frozen=True)
class StoredStand(Stand):
    """A log that outlives its process: its store, and a second process on the same store."""

    store: Store
    restarted: Callable[[], AbstractAsyncContextManager[EventLog]]


@dataclass(frozen=True)
class Backend:
    """What the suite needs to know of a backend; `stored` ones give a StoredStand."""

    name: str
    open: Callable[[Path], AbstractAsyncContextManager[Stand]]
    stored: bool = True
    # Whether processes that run side by side see each other's logs.
    between: bool = False


@asynccontextmanager
async def carried(log: EventLog) -> AsyncIterator[Carried]:
    carrier = Carried(log)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(carrier.run)
        yield carrier
        await carrier.stop()


@asynccontextmanager
async def memory(_folder: Path) -> AsyncIterator[Stand]:
    async with carried(MemoryEventLog(window=WINDOW)) as under_way:
        yield Stand(under_way.log, under_way.stop)


@asynccontextmanager
async def sqlite(folder: Path) -> AsyncIterator[StoredStand]:
    path = folder / "eryao.db"
    lanes = GatedLanes(SqliteLanes(path))
    database = Database(lanes)
    async with carried(SqliteEventLog(database, window=WINDOW)) as under_way:
        yield StoredStand(under_way.log, under_way.stop, lanes, partial(_second_sqlite, path))
        lanes.release()
    database.close()


@asynccontextmanager
async def _second_sqlite(path: Path) -> AsyncIterator[EventLog]:
    database = Database(SqliteLanes(path))
    async with carried(SqliteEventLog(database, window=WINDOW)) as under_way:
        yield under_way.log
    database.close()


@asynccontextmanager
async def redis(kind: str, _folder: Path) -> AsyncIterator[StoredStand]:
    server = shared_server(kind)
    server.flush()
    client = Redis(server.url)
    streams = GatedStreams(client)
    try:
        async with carried(RedisEventLog(client, window=WINDOW, streams=streams)) as under_way:
            second = partial(_second_redis, server.url)
            yield StoredStand(under_way.log, under_way.stop, streams, second)
            streams.release()
    finally:
        await client.close()


@asynccontextmanager
async def _second_redis(url: str) -> AsyncIterator[EventLog]:
    client = Redis(url)
    try:
        async with carried(RedisEventLog(client, window=WINDOW)) as under_way:
            yield under_way.log
    finally:
        await client.close()


BACKENDS = (
    Backend("memory", memory, stored=False),
    Backend("sqlite", sqlite),
    *(Backend(kind, partial(redis, kind), between=True) for kind in kinds()),
)


class GatedStreams(RedisStreams):
    """Redis behind a gate: see Store."""

    def __init__(self, client: Redis) -> None:
        super().__init__(client)
        self._open = anyio.Event()
        self._open.set()
        self._knock = anyio.Event()
        self._refused: bytes | None = None

    async def append(self, additions: Sequence[Addition]) -> list[Exception | None]:
        if any(addition.is_end for addition in additions):
            return await super().append(additions)
        self._knock.set()
        await self._open.wait()
        return [await self._judged(addition) for addition in additions]

    async def _judged(self, addition: Addition) -> Exception | None:
        if self._refused is not None and self._refused in addition.frames:
            return StorageUnavailable("refused for a test")
        (answer,) = await super().append([addition])
        return answer

    def hold(self) -> None:
        self._open = anyio.Event()
        self._knock = anyio.Event()

    def release(self) -> None:
        self._open.set()

    async def brought(self) -> None:
        await self._knock.wait()

    def refuse(self, word: bytes) -> None:
        self._refused = word

    def accept(self) -> None:
        self._refused = None


class GatedLanes:
    """SQLite's lanes behind a gate: see Store."""

    def __init__(self, lanes: SqliteLanes) -> None:
        self._lanes = lanes
        self._held = False
        self._waiting: list[tuple[Work, asyncio.Future[Any]]] = []
        self._knock = anyio.Event()
        self._refused: bytes | None = None

    def write(self, work: Work) -> "asyncio.Future[Any]":
        if not self._held:
            return self._lanes.write(partial(self._judged, work))
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((work, future))
        self._knock.set()
        return future

    def read(self, work: Work) -> "asyncio.Future[Any]":
        return self._lanes.read(work)

    def close(self) -> None:
        self._lanes.close()

    def hold(self) -> None:
        self._held = True
        self._knock = anyio.Event()

    def release(self) -> None:
        self._held = False
        waiting, self._waiting = self._waiting, []
        for work, future in waiting:
            self.write(work).add_done_callback(partial(_pass_on, future))

    async def brought(self) -> None:
        await self._knock.wait()

    def refuse(self, word: bytes) -> None:
        self._refused = word

    def accept(self) -> None:
        self._refused = None

    def _judged(self, work: Work, conn: Connection) -> Any:
        result = work(conn)
        if self._refused is not None:
            word = {"word": self._refused}
            if conn.execute(_WITH_WORD, word).first() is not None:
                raise StorageUnavailable("refused for a test")
        return result


_WITH_WORD = text("SELECT 1 FROM live_frames WHERE instr(frames, :word) > 0")


def _pass_on(to: "asyncio.Future[Any]", done: "asyncio.Future[Any]") -> None:
    failure = done.exception()
    if to.done():  # whoever brought it was cancelled; the store has it all the same
        return
    if failure is None:
        to.set_result(done.result())
    else:
        to.set_exception(failure)
