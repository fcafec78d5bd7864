"""How long frames are gathered: briefly for a few runs, longer for many, on a clock that jumps."""

import asyncio
from collections.abc import Awaitable
from functools import partial
from typing import Any

import anyio
import pytest

from storage.events.base import LogWriter
from storage.events.live import COMPANY, MOST_WINDOWS, Batch, Failures, LiveLogs
from storage.events.live_log import LiveLog
from storage.events.sqlite import WIDEST_WINDOW, SqliteEventLog
from storage.sql.database import Database
from storage.sql.lanes import Work
from tests.storage.reading import frame
from tests.support.seeded import SeededLanes, SeededLoop, empty_database, on_seed

WINDOW = 0.005
WIDEST = 0.015
WORD_SECONDS = 0.001
SECONDS = 1.0


class CountingLanes(SeededLanes):
    """A database that answers at once, and counts what is written."""

    def __init__(self, loop: SeededLoop) -> None:
        super().__init__(loop, empty_database(), done_again=0.0, longest_hop=0.0)
        self.commits = 0

    def write(self, work: Work) -> Awaitable[Any]:
        self.commits += 1
        return super().write(work)


class Store:
    """Takes what it is brought, as quickly as it is told to, and counts how often."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.commits = 0
        self._seconds = seconds

    async def commit(self, _batch: Batch) -> Failures:
        self.commits += 1
        await asyncio.sleep(self._seconds)
        return {}

    async def ended(self, _log: LiveLog, _stored: int) -> None:
        raise AssertionError("no run ends here")


async def speak(writer: LogWriter) -> None:
    while True:
        writer.append(frame(writer.last + 1))
        await anyio.sleep(WORD_SECONDS)


async def commits_a_second(
    _loop: SeededLoop,
    *,
    runs: int,
    window: float = WINDOW,
    widest: float = WIDEST,
    seconds: float = 0.0,
) -> int:
    store = Store(seconds)
    live = LiveLogs(commit=store.commit, ended=store.ended, window=window, widest=widest)
    async with anyio.create_task_group() as tasks:
        for number in range(runs):
            writer = await live.write(live.enter(f"run-{number}"), 1)
            tasks.start_soon(speak, writer)
        tasks.start_soon(live.run)
        await anyio.sleep(SECONDS)
        tasks.cancel_scope.cancel()
    return store.commits


def test_a_lone_run_is_shown_at_every_window() -> None:
    assert on_seed(1, partial(commits_a_second, runs=1)) >= 0.8 * SECONDS / WINDOW


def test_many_runs_share_fewer_commits() -> None:
    assert on_seed(1, partial(commits_a_second, runs=50)) <= 1.1 * SECONDS / WIDEST


def test_some_runs_share_some() -> None:
    commits = on_seed(1, partial(commits_a_second, runs=1 + COMPANY))

    assert 0.8 * SECONDS / (2 * WINDOW) <= commits <= 1.1 * SECONDS / (2 * WINDOW)


@pytest.mark.parametrize("window", [0.001, 0.05])
def test_a_window_set_otherwise_grows_no_further_than_in_proportion(window: float) -> None:
    commits = on_seed(1, partial(commits_a_second, runs=50, window=window))

    grown = max(window, min(MOST_WINDOWS * window, WIDEST))
    assert 0.7 * SECONDS / grown <= commits <= 1.1 * SECONDS / grown + 2


@pytest.mark.parametrize("widest", [0.0, WINDOW])
def test_a_window_that_may_not_grow_does_not(widest: float) -> None:
    commits = on_seed(1, partial(commits_a_second, runs=50, widest=widest))

    assert 0.8 * SECONDS / WINDOW <= commits <= 1.1 * SECONDS / WINDOW


def test_a_slow_store_gets_as_much_rest_as_it_works() -> None:
    commits = on_seed(1, partial(commits_a_second, runs=1, seconds=0.04))

    assert commits <= SECONDS / 0.08 + 2


def test_the_window_of_the_log_in_sqlite_grows() -> None:
    async def scenario(loop: SeededLoop) -> int:
        lanes = CountingLanes(loop)
        log = SqliteEventLog(Database(lanes), window=WINDOW)
        async with anyio.create_task_group() as tasks:
            for number in range(50):
                tasks.start_soon(speak, await log.open(f"run-{number}", attempt=1))
            tasks.start_soon(log.run)
            await anyio.sleep(SECONDS)
            tasks.cancel_scope.cancel()
        return lanes.commits

    assert on_seed(1, scenario) <= 1.1 * SECONDS / WIDEST_WINDOW
