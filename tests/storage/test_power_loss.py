"""What a kill leaves behind: the file and its write-ahead log, as they were at that instant.

The writer is stopped, not killed, so that one process gives many such instants. The page cache
survives either; that commits wait for the disk as well is test_schema.py's business.
"""

import os
import random
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import anyio
from sqlalchemy import text

from storage.sql.database import Database
from storage.sql.sqlite import SqliteLanes, make_engine
from storage.sql.transaction import Transaction
from tests.storage import rows
from tests.storage.processes import beside, pipe

INSTANTS = 60
CALLERS = 6
# Of one set of questions to many files.
COMPILED: dict[Any, Any] = {}


def open_account(tx: Transaction) -> None:
    rows.user(tx, points=1_000_000)
    rows.session(tx)
    # Many checkpoints, so that some are caught at work.
    tx.connection.execute(text("PRAGMA wal_autocheckpoint=15"))


def spend(tx: Transaction, name: str) -> None:
    """A run and its charge: both or neither."""
    rows.charge(tx, rows.run(tx, name, price=1))


async def spend_without_end(path: Path, acknowledge: Callable[[str], None]) -> None:
    database = Database(SqliteLanes(path))
    await database.run(open_account)

    async def caller(mine: int) -> None:
        for number in count():
            name = f"run-{mine}-{number}"
            await database.run(spend, name)
            acknowledge(name)

    async with anyio.create_task_group() as tasks:
        for mine in range(CALLERS):
            tasks.start_soon(caller, mine)


def writer(path: Path, acknowledged: Connection) -> None:
    anyio.run(spend_without_end, path, acknowledged.send)


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """An instant: nothing of that process moves."""
    os.kill(pid, signal.SIGSTOP)
    os.waitid(os.P_PID, pid, os.WSTOPPED)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def copied(path: Path, folder: Path) -> Path:
    folder.mkdir()
    for name in (path.name, f"{path.name}-wal"):
        shutil.copyfile(path.with_name(name), folder / name)
    return folder / path.name


def found_in(path: Path) -> set[str]:
    """The runs of a sound database; it is sound if money and runs agree."""
    with closing(sqlite3.connect(path)) as reopened:
        assert reopened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    engine = make_engine(path)
    with engine.connect().execution_options(compiled_cache=COMPILED) as connection:
        assert Transaction(connection).audit.findings(kept_since=0, overdue=0) == []
        found = set(connection.execute(text("SELECT id FROM runs")).scalars())
    engine.dispose()
    return found


def test_whatever_was_acknowledged_survives_a_kill_at_any_instant(
    path: Path, tmp_path: Path
) -> None:
    heard, said = pipe()
    acknowledged: set[str] = set()
    chance = random.Random(8)

    with beside(writer, path, said) as process:
        assert process.pid is not None
        for instant in range(INSTANTS):
            for _ in range(chance.randrange(1, 30)):
                acknowledged.add(heard.recv())
            with stopped(process.pid):
                while heard.poll():
                    acknowledged.add(heard.recv())
                copy = copied(path, tmp_path / f"instant-{instant}")

            # It goes on meanwhile, so that it may be stopped at any moment of its work.
            found = found_in(copy)
            assert acknowledged <= found
            # Beyond them only those that were on their way, one for each caller.
            assert len(found - acknowledged) <= CALLERS

    assert acknowledged <= found_in(path)
