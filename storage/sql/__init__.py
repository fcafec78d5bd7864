"""Which database a URL means."""

from pathlib import Path
from types import ModuleType

from sqlalchemy import Engine

from storage.sql.database import Database
from storage.sql.revision import connected
from storage.sql.sqlite import SqliteLanes, make_engine

SQLITE = "sqlite:///"
CONNECTIONS = 8


def database_from(url: str, *, connections: int = CONNECTIONS) -> Database:
    """The database behind a URL, opened; its schema is storage.sql.migrate's business."""
    if is_sqlite(url):
        return Database(SqliteLanes(sqlite_path(url)))
    return Database(_postgres().PostgresLanes(url, connections=connections))


def engine_from(url: str) -> Engine:
    """A bare way to the same database, for migrations and for looking at it."""
    if is_sqlite(url):
        return make_engine(sqlite_path(url))
    engine: Engine = _postgres().make_engine(url)
    return engine


def server_version(url: str) -> tuple[int, ...]:
    """Of the server behind a URL; raises StorageUnavailable where none answers."""
    engine = engine_from(url)
    try:
        with connected(engine) as connection:
            return tuple(map(int, connection.dialect.server_version_info or ()))
    finally:
        engine.dispose()


def is_sqlite(url: str) -> bool:
    """Whether the database is a file, which one server owns; others are shared by many."""
    return url.startswith(SQLITE)


def sqlite_path(url: str) -> Path:
    return Path(url.removeprefix(SQLITE))


def _postgres() -> ModuleType:
    """The module, with the driver that only installations with Postgres have."""
    try:
        from storage.sql import postgres  # noqa: PLC0415
    except ImportError as missing:
        raise ValueError(
            f"Postgres needs a driver that is not installed ({missing}): pip install 'eryao[scale]'"
        ) from None
    return postgres
