"""An operator beside a running server: what the commands do, without a new process for each."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Thread
from typing import Self, TypeVar

from sqlalchemy import text

from runtime.ops.audit import Report, audit_books
from runtime.parts import Eryao, build
from runtime.runs.notices import Notice
from runtime.settings import Settings
from storage.sql.transaction import Transaction

T = TypeVar("T")
SECONDS = 15


@dataclass(frozen=True)
class Signed:
    """A user as the server knows them."""

    id: str
    token: str


class Beside:
    """The same data folder, opened by a second process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def sign_in(self, email: str, *, seconds: float = 600) -> Signed:
        def enter(tx: Transaction, eryao: Eryao) -> Signed:
            user = eryao.sign_in.accounts.enter(tx, email)
            pair = eryao.sign_in.tokens.pair(tx, user, access_seconds=seconds)
            return Signed(user.id, pair.access_token)

        return self._use(lambda eryao: eryao.database.run(enter, eryao))

    def set_balance(self, email: str, points: int) -> None:
        def correct(tx: Transaction, eryao: Eryao) -> None:
            user = eryao.sign_in.accounts.enter(tx, email)
            eryao.wallet.correct(tx, user.id, points, "for a test")

        self._use(lambda eryao: eryao.database.run(correct, eryao))

    def notify(self, email: str, *bodies: str) -> None:
        def tell(tx: Transaction, eryao: Eryao) -> None:
            user = eryao.sign_in.accounts.enter(tx, email)
            for body in bodies:
                eryao.notices.tell(tx, user.id, Notice(kind="test", title="A test", body=body))

        self._use(lambda eryao: eryao.database.run(tell, eryao))

    def forget_profile(self, email: str) -> None:
        """As it is with users from before there were profiles."""

        def forget(tx: Transaction, eryao: Eryao) -> None:
            user = eryao.sign_in.accounts.enter(tx, email)
            tx.connection.execute(text("DELETE FROM profiles WHERE user_id = :id"), {"id": user.id})

        self._use(lambda eryao: eryao.database.run(forget, eryao))

    def audit(self) -> Report:
        return self._use(lambda eryao: audit_books(eryao.database, eryao.clock, self._settings))

    def count(self, table: str, **where: str) -> int:
        """How many rows a table holds, with these values."""
        conditions = "".join(f" AND {column} = :{column}" for column in where)
        question = text(f"SELECT count(*) FROM {table} WHERE true{conditions}")

        def count(tx: Transaction) -> int:
            return int(tx.connection.execute(question, where).scalar_one())

        return self._use(lambda eryao: eryao.database.read(count))

    def _use(self, work: Callable[[Eryao], Awaitable[T]]) -> T:
        async def use() -> T:
            eryao = build(self._settings)
            try:
                return await work(eryao)
            finally:
                eryao.database.close()

        # A thread of its own, as the test that asks may stand in a running loop.
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, use()).result(timeout=SECONDS)


class Resident(Beside):
    """Opened once, for a server that stands for many tests."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._eryao: Eryao | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._eryao:
            self._eryao.database.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _use(self, work: Callable[[Eryao], Awaitable[T]]) -> T:
        async def use() -> T:
            # Here and not before: a part may belong to the loop in which it was made.
            self._eryao = self._eryao or build(self._settings)
            return await work(self._eryao)

        return asyncio.run_coroutine_threadsafe(use(), self._loop).result(timeout=SECONDS)
