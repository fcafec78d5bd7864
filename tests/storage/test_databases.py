"""A transaction is whole or nothing, whoever leaves, fails, or waits."""

import threading
import time
from pathlib import Path

import anyio
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from storage.errors import StorageUnavailable, Taken
from storage.sql.database import Database
from storage.sql.sqlite import GROUP, SqliteLanes, rest_after
from storage.sql.transaction import Transaction
from tests.storage.sql_backends import count_users
from tests.storage.transactions import PATIENCE_SECONDS, Gate, keep, keep_then_fail, kept, rows

# --- whole or nothing --------------------------------------------------------------------------


async def test_what_a_transaction_returns_is_durable_by_then(
    each_database: Database, url: str
) -> None:
    assert await each_database.run(keep, "ann") == "ann"

    assert count_users(url) == 1


async def test_of_a_transaction_that_raises_nothing_is_kept(
    each_database: Database, url: str
) -> None:
    with pytest.raises(LookupError, match="ann"):
        await each_database.run(keep_then_fail, "ann")

    assert count_users(url) == 0
    await each_database.run(keep, "ann")


async def test_a_broken_constraint_is_the_callers_business(
    each_database: Database, url: str
) -> None:
    await each_database.run(keep, "ann")

    with pytest.raises((Taken, IntegrityError)):
        await each_database.run(keep, "ann")

    assert count_users(url) == 1


async def test_a_statement_that_makes_no_sense_is_told_to_its_caller(
    each_database: Database,
) -> None:
    with pytest.raises(StorageUnavailable):
        await each_database.run(lambda tx: tx.connection.execute(text("SELECT * FROM nowhere")))


async def test_a_transaction_that_fails_fails_alone(
    gated: tuple[Database, Gate], path: Path
) -> None:
    database, gate = gated
    failures: list[Exception] = []

    async def fail(name: str) -> None:
        try:
            await database.run(keep_then_fail, name)
        except LookupError as failure:
            failures.append(failure)

    async with anyio.create_task_group() as tasks:
        for number in range(10):
            tasks.start_soon(database.run, keep, f"good-{number}")
            tasks.start_soon(fail, f"bad-{number}")
        await anyio.wait_all_tasks_blocked()
        gate.open()

    assert len(failures) == 10
    assert rows(path) == 10


async def test_transactions_run_in_the_order_in_which_they_were_asked_for(
    gated: tuple[Database, Gate],
) -> None:
    database, gate = gated
    ran: list[int] = []

    def note(_tx: Transaction, number: int) -> None:
        ran.append(number)

    async with anyio.create_task_group() as tasks:
        for number in range(50):
            tasks.start_soon(database.run, note, number)
            await anyio.wait_all_tasks_blocked()
        gate.open()

    assert ran == list(range(50))


async def test_a_transaction_sees_what_its_neighbours_before_it_wrote(
    gated: tuple[Database, Gate],
) -> None:
    database, gate = gated
    counts: list[int] = []

    def count(tx: Transaction) -> None:
        counts.append(kept(tx))

    async with anyio.create_task_group() as tasks:
        for number in range(3):
            tasks.start_soon(database.run, keep, f"user-{number}")
            await anyio.wait_all_tasks_blocked()
            tasks.start_soon(database.run, count)
            await anyio.wait_all_tasks_blocked()
        gate.open()

    assert counts == [1, 2, 3]


# --- groups ------------------------------------------------------------------------------------


def commits(path: Path) -> int:
    """Frames of the write-ahead log that end a transaction, since the log was begun anew."""
    content = path.with_name(path.name + "-wal").read_bytes()
    page, salt = int.from_bytes(content[8:12], "big"), content[16:24]
    heads = [content[at : at + 24] for at in range(32, len(content), page + 24)]
    return sum(head[8:16] == salt and head[4:8] != b"\0\0\0\0" for head in heads)


async def test_transactions_that_wait_together_are_committed_together(
    gated: tuple[Database, Gate], path: Path
) -> None:
    """One commit is one wait for the disk; a thousand would be a thousand waits."""
    database, gate = gated
    total = GROUP + 10

    before = commits(path)
    async with anyio.create_task_group() as tasks:
        for number in range(total):
            tasks.start_soon(database.run, keep, f"user-{number}")
        await anyio.wait_all_tasks_blocked()
        gate.open()

    # The gate's own transaction wrote nothing, so it left no mark.
    assert commits(path) - before == 2
    assert rows(path) == total


async def test_after_company_the_next_commit_waits_for_company(path: Path) -> None:
    """For as long as the one before took: here three tenths of a second."""
    database, gate = Database(SqliteLanes(path, gather=0.3)), Gate()

    def keep_slowly(tx: Transaction, name: str) -> str:
        time.sleep(0.3)
        return keep(tx, name)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(database.run, gate.stand)
        await gate.reached()
        for name in ("ann", "bob"):
            tasks.start_soon(database.run, keep_slowly, name)
        await anyio.wait_all_tasks_blocked()
        gate.open()

    before = commits(path)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(database.run, keep, "carl")
        await anyio.sleep(0.05)  # time enough to be committed alone
        tasks.start_soon(database.run, keep, "dora")

    assert commits(path) - before == 1
    assert rows(path) == 4
    database.close()


@pytest.mark.parametrize(
    ("answered", "took", "rest"),
    [(1, 0.3, 0.0), (2, 0.3, 0.3), (2, 5.0, 1.0), (GROUP - 1, 0.3, 0.3), (GROUP, 0.3, 0.0)],
)
def test_who_is_alone_waits_for_nobody(answered: int, took: float, rest: float) -> None:
    assert rest_after(answered, took, most=1.0) == rest


async def test_a_lone_transaction_that_fails_is_tried_once(each_database: Database) -> None:
    tried: list[str] = []

    def fail(tx: Transaction) -> None:
        tried.append("once")
        keep_then_fail(tx, "ann")

    with pytest.raises(LookupError):
        await each_database.run(fail)

    assert tried == ["once"]


# --- readers -----------------------------------------------------------------------------------


async def test_a_reader_sees_one_moment_however_much_is_written_meanwhile(
    each_database: Database,
) -> None:
    begun, written = threading.Event(), threading.Event()

    def count_twice(tx: Transaction) -> tuple[int, int]:
        before = kept(tx)
        begun.set()
        assert written.wait(PATIENCE_SECONDS)
        return before, kept(tx)

    counts: list[tuple[int, int]] = []

    async def read() -> None:
        counts.append(await each_database.read(count_twice))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read)
        await anyio.to_thread.run_sync(begun.wait, PATIENCE_SECONDS)
        await each_database.run(keep, "ann")
        written.set()

    assert counts == [(0, 0)]
    assert await each_database.read(kept) == 1


async def test_a_reader_does_not_wait_for_the_writer(gated: tuple[Database, Gate]) -> None:
    database, _gate = gated

    with anyio.fail_after(PATIENCE_SECONDS):
        assert await database.read(kept) == 0


async def test_what_was_committed_is_read_at_once(each_database: Database) -> None:
    for number in range(20):
        await each_database.run(keep, f"user-{number}")
        assert await each_database.read(kept) == number + 1


async def test_a_reader_that_fails_spoils_nothing(each_database: Database) -> None:
    def fail(tx: Transaction) -> None:
        kept(tx)
        raise LookupError

    for _ in range(5):
        with pytest.raises(LookupError):
            await each_database.read(fail)

    await each_database.run(keep, "ann")
    assert [await each_database.read(kept) for _ in range(5)] == [1] * 5
