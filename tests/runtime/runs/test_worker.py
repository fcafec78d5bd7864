"""A worker goes on serving: when its lease runs out by a clock that jumps, and with full hands."""

from datetime import datetime, timedelta
from typing import Any, cast

import anyio

from runtime.app import running
from runtime.clock import SystemClock, micros
from runtime.parts import Eryao, build
from runtime.runs.input import RunInput
from runtime.runs.payload import read_ask
from runtime.settings import Settings
from storage.sql.database import Database
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
    await eryao.runs.coordinator.start(user_id, ask)
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
        user = await eryao.database.run(eryao.sign_in.accounts.enter, "ann@example.com")
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
        await eryao.database.run(eryao.sign_in.accounts.enter, f"ann-{n}@example.com")
        for n in range(6)
    ]
    waiting = [await _start(eryao, user.id, "say 8 pace 5") for user in users]
    async with running(eryao):
        held = []
        for run_id in waiting:
            await _until(eryao, run_id, "running", "succeeded")
            held.append(eryao.worker.active)

        assert [await _until(eryao, run_id, "succeeded") for run_id in waiting]
        assert max(held) <= most


class HeldClaims:
    """A database whose answer to a claim is long on its way, once that is wanted."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.holds = False
        self.held, self.let_go = anyio.Event(), anyio.Event()

    async def run(self, work: Any, *args: Any) -> Any:
        answer = await self._database.run(work, *args)
        if self.holds and work.__name__ == "_claim" and answer:
            self.held.set()
            await self.let_go.wait()
        return answer

    async def read(self, work: Any, *args: Any) -> Any:
        return await self._database.read(work, *args)


async def test_a_claim_that_meets_the_end_hands_back_what_it_got_and_nothing_else(
    eryao: Eryao,
) -> None:
    """What is under way has its time to end: nobody else may take it up meanwhile."""
    claims = HeldClaims(eryao.database)
    worker = eryao.hire(cast("Database", claims), "w")
    user = await eryao.database.run(eryao.sign_in.accounts.enter, "ann@example.com")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(eryao.events.run)
        tasks.start_soon(worker.run)
        under_way = await _start(eryao, user.id, "say 400 pace 20")
        await _until(eryao, under_way, "running")
        claims.holds = True
        late = await _start(eryao, user.id, "say 2")
        await claims.held.wait()
        tasks.start_soon(lambda: worker.finish(grace=30))
        await anyio.wait_all_tasks_blocked()
        claims.let_go.set()

        leases = await _until_handed_back(eryao, late), await _lease(eryao, under_way)
        tasks.cancel_scope.cancel()

    assert leases == (0, micros(eryao.clock.now()) + 15_000_000)


async def test_a_claim_that_was_on_its_way_for_its_lease_is_begun_by_another(
    settings: Settings,
) -> None:
    """Begun at once, the run would be stopped in the middle of its words, and be lost."""
    eryao = build(settings.model_copy(update={"lease_seconds": 1}))
    claims = HeldClaims(eryao.database)
    worker = eryao.hire(cast("Database", claims), "w")
    user = await eryao.database.run(eryao.sign_in.accounts.enter, "ann@example.com")
    claims.holds = True
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(eryao.events.run)
        tasks.start_soon(worker.run)
        run_id = await _start(eryao, user.id, "say 40 pace 20")
        await claims.held.wait()
        await anyio.sleep(0.85)  # four fifths of the lease, and a little
        claims.holds = False
        claims.let_go.set()

        assert await _until(eryao, run_id, "succeeded", "failed") == "succeeded"
        tasks.cancel_scope.cancel()
    eryao.database.close()


async def _until_handed_back(eryao: Eryao, run_id: str) -> int:
    with anyio.fail_after(10):
        while True:
            if not await _lease(eryao, run_id):
                return 0
            await anyio.sleep(0.02)


async def _lease(eryao: Eryao, run_id: str) -> int:
    run = await eryao.database.read(lambda tx: tx.runs.get(run_id))
    assert run is not None
    return run.lease_until
