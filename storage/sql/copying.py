"""A copy of an SQLite database while it is written to."""

import sqlite3
from contextlib import closing
from pathlib import Path

from storage.errors import StorageUnavailable

HAS_SCHEMA = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"


def copy_database(source: Path, target: Path) -> None:
    """One moment of it, in one file; the copy is looked through before anybody relies on it."""
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as original,
            closing(sqlite3.connect(target)) as copy,
        ):
            original.backup(copy)
            (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
            (schema,) = copy.execute(HAS_SCHEMA).fetchone()
    except sqlite3.Error as failure:
        said = f"{source} was not copied into {target.parent}: {failure}"
        raise StorageUnavailable(said) from None
    if found != "ok":
        raise StorageUnavailable(f"the copy of {source} is not whole: {found}")
    if not schema:
        raise StorageUnavailable(f"{source} holds nothing of eryao's")
