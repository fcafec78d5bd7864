"""Which database a URL means."""

from pathlib import Path

from storage.sql.database import Database
from storage.sql.sqlite import SqliteLanes

SQLITE = "sqlite:///"


def database_from(url: str) -> Database:
    """The database behind a URL, opened; its schema is storage.sql.migrate's business."""
    return Database(SqliteLanes(sqlite_path(url)))


def sqlite_path(url: str) -> Path:
    if not url.startswith(SQLITE):
        raise ValueError("only sqlite:/// databases are served yet")
    return Path(url.removeprefix(SQLITE))
