"""A loop that runs what is ready in an order drawn from a seed, on a clock that jumps.

Same seed, same order: a race that one seed finds is found again by it. With nothing ready the clock
jumps to the next timer; with no timer either, the code under test waits for what never comes.
"""

import asyncio
import heapq
import random
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import anyio
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import NullPool, StaticPool

from storage.sql.lanes import Job
from storage.sql.schema import metadata
from storage.sql.sqlite import commit_group, read_each

LONGEST_HOP = 0.02
# How many of the transactions that write are committed with one that fails, and so are done again.
DONE_AGAIN = 0.2
T = TypeVar("T")


class Deadlock(AssertionError):
    """Nothing is ready and nothing is scheduled."""


class SeededLoop(asyncio.SelectorEventLoop):
    """One callback at a time, chosen by the seed."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.random = random.Random(seed)
        self._now = 0.0

    def time(self) -> float:
        return self._now

    def _run_once(self) -> None:
        ready: Any = self._ready  # type: ignore[attr-defined]
        timers: Any = self._scheduled  # type: ignore[attr-defined]
        while timers and timers[0].cancelled():
            heapq.heappop(timers)._scheduled = False
        if not ready:
            if not timers:
                raise Deadlock
            self._now = max(self._now, timers[0].when())
        while timers and timers[0].when() <= self._now:
            timer = heapq.heappop(timers)
            timer._scheduled = False
            ready.append(timer)
        ready.rotate(-self.random.randrange(len(ready)))
        handle = ready.popleft()
        if not handle.cancelled():
            handle._run()


class SeededLanes:
    """A database whose answers take their time, and never the same: see storage.sql.Lanes."""

    def __init__(
        self,
        loop: SeededLoop,
        connection: Connection,
        *,
        done_again: float = DONE_AGAIN,
        longest_hop: float = LONGEST_HOP,
    ) -> None:
        self._loop = loop
        self._connection = connection
        self._done_again = done_again
        self._longest_hop = longest_hop
        # How long the answers of this lane are held back, by a test that freezes its owner.
        self.frozen_until = 0.0

    def write(self, work: Callable[[Connection], Any]) -> Awaitable[Any]:
        return self._submit(work, commit_group)

    def read(self, work: Callable[[Connection], Any]) -> Awaitable[Any]:
        return self._submit(work, read_each)

    def close(self) -> None:
        return

    def _submit(
        self,
        work: Callable[[Connection], Any],
        commit: Callable[[Connection, Sequence[Job]], None],
    ) -> Awaitable[Any]:
        job = Job(work, self._loop.create_future())
        group = [job]
        if commit is commit_group and self._loop.random.random() < self._done_again:
            group.append(Job(_fail, self._loop.create_future()))
        self._later(self._do, group, commit)
        return job.future

    def _do(
        self, group: Sequence[Job], commit: Callable[[Connection, Sequence[Job]], None]
    ) -> None:
        if self._loop.time() < self.frozen_until:
            self._loop.call_at(self.frozen_until, self._do, group, commit)
            return
        commit(self._connection, group)
        self._later(group[0].tell)

    def _later(self, callback: Callable[..., object], *args: Any) -> None:
        self._loop.call_later(self._loop.random.uniform(0, self._longest_hop), callback, *args)


def _fail(_connection: Connection) -> None:
    raise LookupError("a neighbour that fails")


class LoopClock:
    """The loop's own time, as of some day: see runtime.clock.Clock."""

    def __init__(self, loop: SeededLoop) -> None:
        self._loop = loop

    def now(self) -> datetime:
        return datetime(2026, 3, 15, tzinfo=UTC) + timedelta(seconds=self._loop.time())

    def monotonic(self) -> float:
        return self._loop.time()


def empty_database(kind: type[sqlite3.Connection] = sqlite3.Connection) -> Connection:
    """A schema in memory, on a connection of its own."""
    connection = _engine(kind).connect()
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    _template().backup(driver)
    driver.execute("PRAGMA foreign_keys=ON")
    return connection


_engines: dict[type[sqlite3.Connection], Engine] = {}


def _engine(kind: type[sqlite3.Connection]) -> Engine:
    """One for all: each new one would look at SQLite and compile every statement anew."""
    if kind not in _engines:
        connecting = {"check_same_thread": False, "isolation_level": None, "factory": kind}
        _engines[kind] = create_engine("sqlite://", poolclass=NullPool, connect_args=connecting)
    return _engines[kind]


_made: list[sqlite3.Connection] = []


def _template() -> sqlite3.Connection:
    if not _made:
        engine = create_engine("sqlite://", poolclass=StaticPool)
        metadata.create_all(engine)
        driver = engine.raw_connection().driver_connection
        assert isinstance(driver, sqlite3.Connection)
        _made.append(driver)
    return _made[0]


def on_seed(seed: int, scenario: Callable[[SeededLoop], Awaitable[T]]) -> T:
    """What the scenario returns on the schedule of this seed; a failure names it."""
    loops: list[SeededLoop] = []

    def make() -> SeededLoop:
        loops.append(SeededLoop(seed))
        return loops[0]

    async def run() -> T:
        return await scenario(loops[0])

    try:
        return anyio.run(run, backend_options={"loop_factory": make})
    except BaseException as failure:
        failure.add_note(f"seed {seed}")
        raise
