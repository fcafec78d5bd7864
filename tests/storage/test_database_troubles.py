"""A full disk, a locked file, a closing server: work waits or is refused, but nothing is lost."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import anyio
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from storage.errors import StorageUnavailable
from storage.sql.database import Database, database_from
from storage.sql.sqlite import SqliteLanes
from storage.sql.transaction import Transaction
from tests.storage.processes import exit_codes
from tests.storage.sql_backends import count_users
from tests.storage.transactions import Gate, keep, keep_then_fail, kept, rows, stuff
from tests.storage.work import WRITES, write_many

PATIENCE_SECONDS = 10.0


def leave_room(tx: Transaction, pages: int) -> None:
    used = tx.connection.execute(text("PRAGMA page_count")).scalar_one()
    tx.connection.execute(text(f"PRAGMA max_page_count={used + pages}"))


# --- a full disk -------------------------------------------------------------------------------


async def test_on_a_full_disk_nothing_is_kept_and_the_caller_hears_it(
    database: Database, path: Path
) -> None:
    await database.run(leave_room, 2)

    def keep_much(tx: Transaction) -> None:
        keep(tx, "ann")
        stuff(tx, "much", 1_000_000)

    with pytest.raises(StorageUnavailable, match="full"):
        await database.run(keep_much)

    assert rows(path) == 0


@pytest.mark.parametrize("neighbours", [0, 2])
async def test_who_does_not_mind_a_full_disk_is_told_all_the_same(
    database: Database, path: Path, neighbours: int
) -> None:
    """SQLite has given the whole transaction up by then: what follows would be kept apart."""
    await database.run(leave_room, 2)
    gate = Gate()
    told: list[str] = []

    def keep_regardless(tx: Transaction) -> None:
        with suppress(OperationalError):
            stuff(tx, "much", 1_000_000)

    async def send(work: Callable[[Transaction], object]) -> None:
        try:
            await database.run(work)
        except StorageUnavailable as failure:
            told.append(str(failure))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(database.run, gate.stand)
        await gate.reached()
        tasks.start_soon(send, keep_regardless)
        for number in range(neighbours):
            tasks.start_soon(send, partial(keep, name=f"user-{number}"))
        await anyio.wait_all_tasks_blocked()
        gate.open()

    assert told == ["SQLite gave the transaction up"] * (1 + neighbours)
    assert rows(path) == 0


async def test_when_space_returns_so_does_the_work(database: Database, path: Path) -> None:
    await database.run(leave_room, 2)
    with pytest.raises(StorageUnavailable):
        await database.run(stuff, "much", 1_000_000)

    await database.run(leave_room, 10_000)
    await database.run(stuff, "much", 1_000_000)
    await database.run(keep, "ann")

    assert rows(path) == 1


async def test_what_a_full_disk_takes_it_takes_whole(database: Database, path: Path) -> None:
    """Whether SQLite gives up a statement or the group, each caller's answer is true."""
    await database.run(leave_room, 3)
    gate = Gate()
    answers: dict[str, bool] = {}

    def keep_some(tx: Transaction, name: str, size: int) -> None:
        keep(tx, name)
        stuff(tx, name, size)

    async def ask(name: str, size: int) -> None:
        try:
            await database.run(keep_some, name, size)
        except StorageUnavailable:
            answers[name] = False
        else:
            answers[name] = True

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(database.run, gate.stand)
        await gate.reached()
        for number in range(8):
            tasks.start_soon(ask, f"user-{number}", 100_000 if number == 4 else 10)
        await anyio.wait_all_tasks_blocked()
        gate.open()

    assert len(answers) == 8
    assert not answers["user-4"]
    with closing(sqlite3.connect(path)) as outside:
        found = {row[0] for row in outside.execute("SELECT id FROM users")}
    assert found == {name for name, taken in answers.items() if taken}


async def test_a_full_disk_does_not_keep_anyone_from_reading(database: Database) -> None:
    await database.run(keep, "ann")
    await database.run(leave_room, 0)
    with pytest.raises(StorageUnavailable):
        await database.run(stuff, "much", 1_000_000)

    assert await database.read(kept) == 1


async def test_a_commit_that_fails_keeps_nothing_and_the_next_goes_on(
    database: Database, path: Path
) -> None:
    def owe(tx: Transaction) -> None:
        tx.connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        tx.connection.execute(text("INSERT INTO accounts VALUES ('nobody', 0, 0)"))

    with pytest.raises(StorageUnavailable):
        await database.run(owe)

    await database.run(keep, "ann")
    assert rows(path) == 1


# --- others at the same file -------------------------------------------------------------------


@pytest.fixture
def other(path: Path) -> Iterator[sqlite3.Connection]:
    """What another process would be: a connection of its own to the file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


async def test_a_writer_waits_for_another_process_that_writes(
    database: Database, path: Path, other: sqlite3.Connection
) -> None:
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO users (id, email, created_at) VALUES ('other', 'other', 0)")
    returned: list[str] = []

    async def ask() -> None:
        returned.append(await database.run(keep, "ann"))

    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            await anyio.wait_all_tasks_blocked()
            assert await database.read(kept) == 0
            assert returned == []
            other.execute("COMMIT")

    assert returned == ["ann"]
    assert rows(path) == 2


async def test_a_file_that_stays_locked_is_a_store_that_is_away(
    path: Path, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.sql.sqlite.BUSY_SECONDS", 0.05)
    database = Database(SqliteLanes(path))
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StorageUnavailable, match="locked"):
        await database.run(keep, "ann")
    other.execute("ROLLBACK")

    assert await database.run(keep, "ann") == "ann"
    database.close()


PROCESSES = 8


def test_processes_that_write_at_once_all_get_through(url: str) -> None:
    """A command of the operator's works beside a running server."""
    each = [(url, f"process-{number}") for number in range(PROCESSES)]

    assert exit_codes(write_many, each=each) == [0] * PROCESSES

    assert count_users(url) == PROCESSES * WRITES


# --- callers that leave ------------------------------------------------------------------------


async def test_a_cancelled_caller_does_not_stop_its_transaction(
    gated: tuple[Database, Gate], path: Path
) -> None:
    database, gate = gated
    returned: list[str] = []

    async def ask() -> None:
        returned.append(await database.run(keep, "ann"))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    gate.open()
    await database.run(keep, "ben")

    assert returned == []
    assert rows(path) == 2


async def test_a_cancelled_callers_failure_is_nobodys(gated: tuple[Database, Gate]) -> None:
    database, gate = gated
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(database.run, keep_then_fail, "ann")
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    gate.open()

    assert await database.run(keep, "ann") == "ann"


def test_a_loop_that_is_gone_does_not_trouble_the_database(url: str) -> None:
    """A command that was interrupted leaves its question behind."""
    database = database_from(url)
    gate = Gate()

    async def leave() -> None:
        question = asyncio.get_running_loop().create_task(database.run(gate.stand))
        await gate.reached()
        question.cancel()

    asyncio.run(leave())
    gate.open()

    assert asyncio.run(database.run(keep, "ann")) == "ann"
    database.close()


# --- the end -----------------------------------------------------------------------------------


async def test_closing_finishes_what_is_under_way(path: Path) -> None:
    others = set(threading.enumerate())
    database = Database(SqliteLanes(path))
    _writer, *readers = [lane for lane in threading.enumerate() if lane not in others]
    gate = Gate()
    returned: list[str] = []

    async def ask(name: str) -> None:
        returned.append(await database.run(keep, name))

    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(database.run, gate.stand)
            await gate.reached()
            for number in range(5):
                tasks.start_soon(ask, f"user-{number}")
            await anyio.wait_all_tasks_blocked()
            tasks.start_soon(anyio.to_thread.run_sync, database.close)
            for reader in readers:  # they go first
                await anyio.to_thread.run_sync(reader.join)
            gate.open()

    assert len(returned) == rows(path) == 5


async def test_a_closed_database_keeps_nobody_waiting(url: str) -> None:
    database = database_from(url)
    database.close()

    with anyio.fail_after(0.5), pytest.raises(StorageUnavailable):
        await database.run(keep, "ann")
    with anyio.fail_after(0.5), pytest.raises(StorageUnavailable):
        await database.read(kept)


async def test_closing_twice_is_closing_once(url: str) -> None:
    database = database_from(url)

    database.close()
    with anyio.fail_after(2):
        await anyio.to_thread.run_sync(database.close)
