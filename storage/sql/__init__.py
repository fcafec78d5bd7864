"""The engine behind a database's URL; with no more than that, looking at one is quick."""

from types import ModuleType

from sqlalchemy import Engine

from storage.sql.revision import connected
from storage.sql.sqlite import make_engine
from storage.urls import is_sqlite, sqlite_path


def engine_from(url: str) -> Engine:
    """A bare way to the database, for migrations and for looking at it."""
    if is_sqlite(url):
        return make_engine(sqlite_path(url))
    engine: Engine = postgres_module().make_engine(url)
    return engine


def server_version(url: str) -> tuple[int, ...]:
    """Of the server behind a URL; raises StorageUnavailable where none answers."""
    engine = engine_from(url)
    try:
        with connected(engine) as connection:
            return tuple(map(int, connection.dialect.server_version_info or ()))
    finally:
        engine.dispose()


def postgres_module() -> ModuleType:
    """The module, with the driver that only installations with Postgres have."""
    try:
        from storage.sql import postgres  # noqa: PLC0415
    except ImportError as missing:
        raise ValueError(
            f"Postgres needs a driver that is not installed ({missing}): pip install 'eryao[scale]'"
        ) from None
    return postgres
