"""Postgres restarted, cut off, undone: work is refused or goes on, and is never half kept."""

import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator

import anyio
import pytest
from sqlalchemy import text

from storage.errors import StorageUnavailable, Taken
from storage.sql.database import Database, database_from
from storage.sql.runs import RunRow
from storage.sql.transaction import Transaction
from storage.sql.users import UserRow
from tests.storage import rows
from tests.storage.sql_backends import count_users
from tests.storage.transactions import PATIENCE_SECONDS, keep, kept
from tests.support.postgres import PostgresServer
from tests.support.tcp_proxy import TcpProxy

CONNECTIONS = 4
_MARK = text("UPDATE users SET email = email || :mark WHERE id = :name")


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    opened = database_from(postgres_url, connections=CONNECTIONS)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def fragile() -> Iterator[PostgresServer]:
    """A server that may be killed without troubling other tests."""
    server = PostgresServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def its_url(fragile: PostgresServer) -> str:
    return fragile.url(fragile.migrated())


def mark(tx: Transaction, name: str, by: str) -> None:
    tx.connection.execute(_MARK, {"name": name, "mark": by})


def email(tx: Transaction, name: str) -> str:
    user = tx.users.get(name)
    return user.email if user else ""


# --- many writers ------------------------------------------------------------------------------


async def test_transactions_run_beside_each_other(database: Database) -> None:
    """As many as there are connections: each waits here until all have begun."""
    together = threading.Barrier(CONNECTIONS)

    def meet(tx: Transaction, name: str) -> None:
        keep(tx, name)
        together.wait(PATIENCE_SECONDS)

    async with anyio.create_task_group() as tasks:
        for number in range(CONNECTIONS):
            tasks.start_soon(database.run, meet, f"user-{number}")

    assert await database.read(kept) == CONNECTIONS


async def test_two_that_wait_for_each_other_both_get_through(database: Database) -> None:
    """The server undoes one of them, which is run again as if for the first time."""
    for name in ("ann", "ben"):
        await database.run(keep, name)
    together = threading.Barrier(2)
    begun: list[str] = []

    def cross(tx: Transaction, first: str, second: str) -> None:
        begun.append(first)
        mark(tx, first, first[0])
        if len(begun) <= 2:
            together.wait(PATIENCE_SECONDS)
        mark(tx, second, first[0])

    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(database.run, cross, "ann", "ben")
            tasks.start_soon(database.run, cross, "ben", "ann")

    # More often where the undone one is back before the other was woken: they meet once more.
    assert len(begun) >= 3
    for name in ("ann", "ben"):
        assert sorted(await database.read(email, name)) == sorted(name + "ab")


async def test_a_lease_runs_out_by_the_databases_clock_whatever_ours_say(
    database: Database,
) -> None:
    def claim(tx: Transaction, now: int) -> list[RunRow]:
        return tx.runs.claim("w", most=9, now=now, lease=60_000_000)

    def wait(tx: Transaction) -> None:
        rows.user(tx)
        rows.session(tx)
        rows.run(tx)

    await database.run(wait)
    (claimed,) = await database.run(claim, 1)

    assert await database.run(claim, 2**60) == []
    assert abs(claimed.lease_until / 1_000_000 - 60 - time.time()) < PATIENCE_SECONDS


async def test_a_failure_that_a_transaction_hides_is_not_taken_for_its_success(
    database: Database,
) -> None:
    """Postgres answers COMMIT with a quiet ROLLBACK then; SQLite would have kept the rest."""

    def hide(tx: Transaction) -> None:
        keep(tx, "ann")
        with pytest.raises(Taken):
            tx.points.open("nobody", 1)

    with pytest.raises(StorageUnavailable, match="failed before its end"):
        await database.run(hide)

    assert await database.read(kept) == 0


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(StorageUnavailable, match="read-only"):
        await database.read(keep, "ann")


async def test_who_has_waited_too_long_is_not_served(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.sql.postgres.PATIENCE_SECONDS", 0.0)

    with pytest.raises(StorageUnavailable, match="too busy"):
        await database.run(keep, "ann")

    monkeypatch.undo()
    assert await database.read(kept) == 0


async def test_a_lock_that_stays_is_a_store_that_is_away(postgres_url: str) -> None:
    database = database_from(f"{postgres_url}?options=-cjit%3Doff", connections=2)
    await database.run(keep, "ann")
    held, go_on = threading.Event(), threading.Event()

    def hold(tx: Transaction) -> None:
        mark(tx, "ann", "1")
        held.set()
        assert go_on.wait(PATIENCE_SECONDS)

    def hurry(tx: Transaction) -> None:
        tx.connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
        mark(tx, "ann", "2")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(database.run, hold)
        assert await anyio.to_thread.run_sync(held.wait, PATIENCE_SECONDS)
        with pytest.raises(StorageUnavailable, match="lock timeout"):
            await database.run(hurry)
        go_on.set()
    database.close()


async def test_a_text_with_a_character_that_postgres_refuses_is_kept_without_it(
    database: Database,
) -> None:
    def say(tx: Transaction) -> None:
        tx.users.add(UserRow("ann", "a\0b", 1))

    await database.run(say)

    assert await database.read(email, "ann") == "a\ufffdb"


# --- a server that goes and comes ---------------------------------------------------------------


async def test_a_restart_of_the_server_needs_none_of_ours(
    fragile: PostgresServer, its_url: str
) -> None:
    database = database_from(its_url, connections=2)
    answers: dict[str, bool] = {}
    stop = anyio.Event()

    async def ask(who: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            name = f"user-{who}-{number}"
            try:
                await database.run(keep, name)
            except StorageUnavailable:
                answers[name] = False
                await anyio.sleep(0.01)
            else:
                answers[name] = True

    def kept_now() -> int:
        return sum(answers.values())

    async def goes_on() -> None:
        enough = kept_now() + 20
        await until(lambda: kept_now() > enough)

    async with anyio.create_task_group() as tasks:
        for who in range(4):
            tasks.start_soon(ask, who)
        for _ in range(2):
            await goes_on()
            await anyio.to_thread.run_sync(fragile.kill)
            await until(lambda: not list(answers.values())[-1])
            await anyio.to_thread.run_sync(fragile.start)
        await goes_on()
        stop.set()

    found = await database.read(
        lambda tx: tx.connection.execute(text("SELECT id FROM users")).all()
    )
    names = {row[0] for row in found}
    assert {name for name, taken in answers.items() if taken} <= names
    assert len(names) - kept_now() <= 8, "at most what was at its commit each time"
    database.close()


async def until(true: Callable[[], bool]) -> None:
    with anyio.fail_after(PATIENCE_SECONDS):
        while not true():  # noqa: ASYNC110 - it is another process's doing
            await anyio.sleep(0.005)


async def test_an_idle_connection_that_has_died_costs_nobody_an_answer(
    postgres: PostgresServer, postgres_url: str, postgres_database: str
) -> None:
    proxy = TcpProxy(postgres.port)
    database = database_from(postgres.url(postgres_database, port=proxy.port), connections=1)
    await database.run(keep, "ann")

    proxy.cut()

    await database.run(keep, "ben")
    proxy.cut()
    assert await database.read(kept) == 2
    database.close()
    proxy.close()


async def test_a_commit_whose_answer_is_lost_is_not_said_to_be_nothing(
    postgres: PostgresServer, postgres_url: str, postgres_database: str
) -> None:
    """It stands; who asks again meets what was kept."""
    proxy = TcpProxy(postgres.port)
    database = database_from(postgres.url(postgres_database, port=proxy.port), connections=1)
    await database.run(keep, "ann")
    proxy.cut_after(b"COMMIT\0")

    with pytest.raises(StorageUnavailable, match="may have been kept"):
        await database.run(keep, "ben")

    await until(lambda: count_users(postgres_url) == 2)
    with pytest.raises(Taken):
        await database.run(keep, "ben")
    database.close()
    proxy.close()


async def test_a_connection_that_breaks_in_the_middle_keeps_nothing(
    postgres: PostgresServer, postgres_url: str, postgres_database: str
) -> None:
    proxy = TcpProxy(postgres.port)
    database = database_from(postgres.url(postgres_database, port=proxy.port), connections=1)

    def keep_and_be_cut(tx: Transaction) -> None:
        keep(tx, "ann")
        proxy.cut()
        keep(tx, "ben")

    with pytest.raises(StorageUnavailable):
        await database.run(keep_and_be_cut)

    await database.run(keep, "cho")
    assert count_users(postgres_url) == 1
    database.close()
    proxy.close()


async def test_a_server_that_is_not_there_is_told_at_once(postgres: PostgresServer) -> None:
    proxy = TcpProxy(postgres.port)
    proxy.close()
    database = database_from(postgres.url(port=proxy.port))

    with anyio.fail_after(2):
        for _ in range(20):
            with pytest.raises(StorageUnavailable, match="refused"):
                await database.run(kept)
    database.close()


def test_a_missing_driver_is_said_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "storage.sql.postgres", raising=False)
    monkeypatch.delattr("storage.sql.postgres", raising=False)

    with pytest.raises(ValueError, match=r"pip install 'eryao\[scale\]'"):
        database_from("postgresql://nobody@127.0.0.1/none")
