"""Several servers on one Postgres, within the test's own process."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio

from runtime.errors import Problem
from runtime.ops.audit import Report, audit_books
from runtime.parts import Eryao, build
from runtime.runs.input import RunInput
from runtime.runs.payload import Ask, read_ask
from runtime.settings import Settings
from storage.sql.runs import RunRow
from storage.sql.transaction import Transaction
from tests.support.api import Body

PATIENCE_SECONDS = 15.0


@dataclass(frozen=True)
class Fleet:
    """Servers that share a database; what one does, the others find."""

    servers: Sequence[Eryao]

    @property
    def first(self) -> Eryao:
        return self.servers[0]

    async def enter(self, email: str = "ann@example.com", points: int | None = None) -> str:
        """The user's id."""

        def enter(tx: Transaction) -> str:
            user = self.first.sign_in.accounts.enter(tx, email)
            if points is not None:
                self.first.wallet.correct(tx, user.id, points, "for a test")
            return user.id

        return await self.first.database.run(enter)

    async def balance(self, user_id: str) -> int:
        return await self.first.database.read(lambda tx: self.first.wallet.balance(tx, user_id))

    async def runs_of(self, session_id: str) -> list[RunRow]:
        return await self.first.database.read(lambda tx: tx.runs.of_session(session_id))

    async def until(self, run_id: str, *statuses: str) -> RunRow:
        """The run, once it is in one of these states."""
        with anyio.fail_after(PATIENCE_SECONDS):
            while True:
                run = await self.first.database.read(lambda tx: tx.runs.get(run_id))
                if run is not None and run.status in statuses:
                    return run
                await self.first.wake.ring("work")  # another server's ring was not heard here
                await anyio.sleep(0.01)

    async def audit(self) -> Report:
        return await audit_books(self.first.database, self.first.clock, self.first.settings)

    async def race(self, *ways: Callable[[Eryao], Awaitable[Any]]) -> list[Any]:
        """What each way came to, all begun at once, by turns of servers; refusals by their code."""
        outcomes: list[Any] = [None] * len(ways)

        async def go(number: int) -> None:
            server = self.servers[number % len(self.servers)]
            try:
                outcomes[number] = await ways[number](server)
            except Problem as problem:
                outcomes[number] = problem.code

        async with anyio.create_task_group() as tasks:
            for number in range(len(ways)):
                tasks.start_soon(go, number)
        return outcomes


def ask_for(eryao: Eryao, body: Body) -> Ask:
    return read_ask(RunInput.model_validate(body.json()), eryao.clock.now())


@asynccontextmanager
async def fleet(settings: Settings, url: str, *, servers: int = 3) -> AsyncIterator[Fleet]:
    """None of them works, unless the test sets its worker to it."""
    shared = settings.model_copy(update={"database_url": url, "database_connections": 4})
    built = [build(shared) for _ in range(servers)]
    try:
        yield Fleet(built)
    finally:
        for server in built:
            server.database.close()
