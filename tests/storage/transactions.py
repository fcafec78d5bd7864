"""Small transactions, and a gate for them to wait behind."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import anyio
from sqlalchemy import text

from storage.sql.transaction import Transaction

PATIENCE_SECONDS = 8.0
_KEEP = text("INSERT INTO users (id, email, created_at) VALUES (:id, :id, 0)")
_KEPT = text("SELECT count(*) FROM users")
_STUFF = text("INSERT INTO live_frames (run_id, first, frames) VALUES (:id, 1, zeroblob(:size))")


def keep(tx: Transaction, name: str) -> str:
    tx.connection.execute(_KEEP, {"id": name})
    return name


def keep_then_fail(tx: Transaction, name: str) -> None:
    keep(tx, name)
    raise LookupError(name)


def kept(tx: Transaction) -> int:
    return int(tx.connection.execute(_KEPT).scalar_one())


def stuff(tx: Transaction, name: str, size: int) -> None:
    tx.connection.execute(_STUFF, {"id": name, "size": size})


class Gate:
    """A transaction that stands in the writing lane until it is let go."""

    def __init__(self) -> None:
        self._reached = threading.Event()
        self._open = threading.Event()

    def stand(self, tx: Transaction) -> None:
        self._reached.set()
        assert self._open.wait(PATIENCE_SECONDS), "nobody opened the gate"

    async def reached(self) -> None:
        assert await anyio.to_thread.run_sync(self._reached.wait, PATIENCE_SECONDS)

    def open(self) -> None:
        self._open.set()


def rows(path: Path) -> int:
    with closing(sqlite3.connect(path)) as outside:
        return int(outside.execute("SELECT count(*) FROM users").fetchone()[0])
