"""A database that somebody else holds."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.support.server import ServerProcess


@contextmanager
def locked(server: ServerProcess) -> Iterator[None]:
    """Another program holds the database, as a careless backup does."""
    path = server.data_dir / "eryao.db"
    with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield
