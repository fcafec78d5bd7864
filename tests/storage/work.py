"""What other processes do at a database. They import this, and so it imports little: to import the
tests themselves costs each of them more than its work."""

from multiprocessing.synchronize import Barrier

import anyio

from storage.sql import engine_from
from storage.sql.database import database_from
from storage.sql.transaction import Transaction
from tests.storage.processes import PATIENCE_SECONDS
from tests.storage.transactions import keep, kept

WRITES = 40


def write_many(url: str, name: str) -> None:
    """One process among many at one file; any failure is its exit code."""

    async def write() -> None:
        database = database_from(url)
        for number in range(WRITES):
            await database.run(_look_then_keep, f"{name}-{number}")
        database.close()

    anyio.run(write)


def _look_then_keep(tx: Transaction, name: str) -> None:
    """Were the lock taken with the first write, another's commit could come before it."""
    kept(tx)
    keep(tx, name)


def upgrade_when_all_are_ready(url: str, start: Barrier) -> None:
    from storage.sql.migrate import upgrade  # noqa: PLC0415 - only these need it

    engine = engine_from(url)
    start.wait(PATIENCE_SECONDS)
    upgrade(engine)
