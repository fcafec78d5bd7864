"""A worker process that is stopped for longer than its lease: what it says then changes nothing."""

import os
import signal
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path

import anyio

from runtime.app import running
from runtime.parts import build
from runtime.settings import Settings
from storage.events.memory import MemoryEventLog
from tests.storage.processes import beside
from tests.support.api import Body
from tests.support.fleet import ask_for, fleet

LEASE_SECONDS = 1.0


def work(data_dir: Path, url: str) -> None:
    """A worker of its own, until it is killed."""
    anyio.run(_work, chosen(Settings(data_dir=data_dir, database_url=url)))


async def _work(settings: Settings) -> None:
    eryao = replace(build(settings), events=MemoryEventLog(window=0.001))
    async with running(eryao):
        await anyio.sleep_forever()


def chosen(settings: Settings) -> Settings:
    return settings.model_copy(
        update={
            "model_url": "scripted:",
            "lease_seconds": LEASE_SECONDS,
            "database_connections": 2,
        }
    )


async def test_a_worker_that_slept_past_its_lease_writes_no_word(
    settings: Settings, postgres_url: str
) -> None:
    """The other one takes its runs over and ends them; the sleeper then finds itself fenced."""
    script = 'say 30 pace 30; call look_up_text {"number":1,"part":"judgment"}; say 2'
    async with fleet(chosen(settings), postgres_url, servers=1) as one:
        user = await one.enter(points=100)
        bodies = [Body(script) for _ in range(3)]
        with beside(work, settings.data_dir, postgres_url) as sleeper:
            for body in bodies:
                await one.first.coordinator.start(user, ask_for(one.first, body))
            for body in bodies:
                await one.until(body.run, "running")
            freeze(sleeper, signal.SIGSTOP)
            async with running(one.first):
                for body in bodies:
                    await one.until(body.run, "succeeded")
                before = [await one.until(body.run, "succeeded") for body in bodies]
                freeze(sleeper, signal.SIGCONT)
                await anyio.sleep(2 * LEASE_SECONDS)  # longer than it would have gone on
                after = [await one.until(body.run, "succeeded") for body in bodies]
                report = await one.audit()

    assert after == before
    assert {run.attempt for run in after} == {2}
    assert report.clean, report.lines()


def freeze(process: BaseProcess, how: signal.Signals) -> None:
    assert process.pid is not None
    os.kill(process.pid, how)
