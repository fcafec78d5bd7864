"""Which schema a database has, and which one this version wants: known without any migrating."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import DBAPIError

from storage.errors import StorageUnavailable

MIGRATIONS = Path(__file__).parent / "migrations"

# Hears each step of a migration: its revision, what it does, and how many there are.
Applied = Callable[[str, str, int], None]


def connected(engine: Engine) -> Connection:
    """A connection; raises StorageUnavailable where there is none to be had."""
    try:
        return engine.connect()
    except DBAPIError as failure:
        raise StorageUnavailable(str(failure.orig).strip()) from failure


def current(engine: Engine) -> str | None:
    """The revision that the database is at."""
    with connected(engine) as connection:
        try:
            if not inspect(connection).has_table("alembic_version"):
                return None
            noted = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        except DBAPIError as failure:
            raise StorageUnavailable(str(failure.orig).strip()) from failure
    return None if noted is None else str(noted)


def newest() -> str:
    """The revision that this version wants: the files are named by theirs, one after the other."""
    return max(path.name for path in MIGRATIONS.glob("versions/[0-9]*.py")).partition("_")[0]
