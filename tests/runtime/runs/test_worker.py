"""A worker goes on serving: when its lease runs out by a clock that jumps, and with full hands."""

from datetime import datetime, timedelta

import anyio

from runtime.app import running
from runtime.clock import SystemClock
from runtime.parts import Eryao, build
from runtime.runs.payload import RunInput, read_ask
from runtime.settings import Settings
from tests.support.api import Body


class JumpingClock(SystemClock):
    """The machine's clock, and what it finds added after a sleep."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


async def _start(eryao: Eryao, user_id: str, text: str) -> str:
    body = Body(text)
    ask = read_ask(RunInput.model_validate(body.json()), eryao.clock.now())
    await eryao.coordinator.start(user_id, ask)
    return body.run


async def _until(eryao: Eryao, run_id: str, *wanted: str) -> str:
    with anyio.fail_after(10):
        while True:
            run = await eryao.database.read(lambda tx: tx.runs.get(run_id))
            if run is not None and run.status in wanted:
                return run.status
            await anyio.sleep(0.02)


async def test_a_jump_of_the_clock_ends_a_run_and_not_the_server(settings: Settings) -> None:
    """The worker claims what it drives itself, since by the wall clock its lease is over."""
    clock = JumpingClock()
    eryao = build(settings, clock=clock)
    async with running(eryao):
        user = await eryao.database.run(eryao.accounts.enter, "ann@example.com")
        run_id = await _start(eryao, user.id, "say 400 pace 20")
        tail = eryao.events.follow(run_id)
        while tail.position < 4:
            await tail.next()
        tail.close()

        clock.ahead = timedelta(seconds=120)
        other = await _start(eryao, user.id, "say 2")

        assert await _until(eryao, other, "succeeded") == "succeeded"
        assert await _until(eryao, run_id, "failed", "succeeded") == "failed"
        assert await eryao.database.read(eryao.wallet.balance, user.id) == 90


async def test_a_worker_with_full_hands_takes_the_rest_as_they_come_free(
    settings: Settings,
) -> None:
    """With more runs than it may hold, it once looked for the next without ever letting go."""
    most = 2
    eryao = build(settings.model_copy(update={"worker_runs": most}))
    users = [
        await eryao.database.run(eryao.accounts.enter, f"ann-{n}@example.com") for n in range(6)
    ]
    waiting = [await _start(eryao, user.id, "say 8 pace 5") for user in users]
    async with running(eryao):
        held = []
        for run_id in waiting:
            await _until(eryao, run_id, "running", "succeeded")
            held.append(eryao.worker.active)

        assert [await _until(eryao, run_id, "succeeded") for run_id in waiting]
        assert max(held) <= most
