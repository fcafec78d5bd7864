"""How long frames are gathered: briefly for a few runs, longer for many, on a clock that jumps."""

import asyncio
from functools import partial

import anyio
import pytest

from storage.events.base import LogWriter
from storage.events.live import Batch, Failures, LiveLogs
from storage.events.live_log import LiveLog
from tests.storage.reading import frame
from tests.support.seeded import SeededLoop, on_seed

WINDOW = 0.005
WIDEST = 0.015
WORD_SECONDS = 0.001
SECONDS = 1.0


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
    _loop: SeededLoop, *, runs: int, widest: float = WIDEST, seconds: float = 0.0
) -> int:
    store = Store(seconds)
    live = LiveLogs(commit=store.commit, ended=store.ended, window=WINDOW, widest=widest)
    async with anyio.create_task_group() as tasks:
        for number in range(runs):
            writer = await live.write(live.enter(f"run-{number}"), 1)
            tasks.start_soon(speak, writer)
        tasks.start_soon(live.run)
        await anyio.sleep(SECONDS)
        tasks.cancel_scope.cancel()
    return store.commits


def test_a_lone_run_is_shown_at_nearly_every_window() -> None:
    assert on_seed(1, partial(commits_a_second, runs=1)) >= 0.8 * SECONDS / WINDOW


def test_many_runs_share_fewer_commits() -> None:
    assert on_seed(1, partial(commits_a_second, runs=50)) <= 1.1 * SECONDS / WIDEST


@pytest.mark.parametrize("widest", [0.0, WINDOW])
def test_a_window_that_may_not_grow_does_not(widest: float) -> None:
    commits = on_seed(1, partial(commits_a_second, runs=50, widest=widest))

    assert commits >= 0.8 * SECONDS / WINDOW


def test_a_slow_store_gets_as_much_rest_as_it_works() -> None:
    commits = on_seed(1, partial(commits_a_second, runs=1, seconds=0.04))

    assert commits <= SECONDS / 0.08 + 2
