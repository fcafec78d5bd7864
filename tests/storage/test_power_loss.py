"""What a kill leaves behind: the file and its write-ahead log, as they were at some moment."""

import random
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import anyio

from storage.sql.database import Database
from storage.sql.sqlite import SqliteLanes
from storage.sql.transaction import Transaction
from tests.storage import rows

COPIES = 40
CALLERS = 6


def spend(tx: Transaction, name: str) -> None:
    """A run and its charge: both or neither."""
    rows.charge(tx, rows.run(tx, name, price=1))


class Till:
    """Callers that spend without pause, and whose payments were acknowledged."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.acknowledged: list[str] = []
        self.closed = False

    async def spend(self, caller: int) -> None:
        number = 0
        while not self.closed:
            name = f"run-{caller}-{number}"
            await self._database.run(spend, name)
            self.acknowledged.append(name)
            number += 1

    async def until(self, count: int) -> None:
        with anyio.fail_after(10):
            while len(self.acknowledged) < count:
                await anyio.sleep(0)


def copy(path: Path, folder: Path) -> Path:
    """The log last: were it first, a checkpoint between the two could empty what it had."""
    folder.mkdir()
    for name in (path.name, f"{path.name}-wal"):
        shutil.copyfile(path.with_name(name), folder / name)
    return folder / path.name
