"""The corners where SQLite and Postgres spell the same thing differently."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, *key: str) -> Executable:
    """An insert that leaves an existing row with the same key alone; its row count tells."""
    return _insert_new(connection.dialect.name, table, key)


@lru_cache
def _insert_new(dialect: str, table: Table, key: tuple[str, ...]) -> Executable:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing(index_elements=list(key))


def insert_or_update(
    connection: Connection, table: Table, *key: str, values: Mapping[str, Any]
) -> Any:
    """An insert that changes `values` of an existing row with the same key instead."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_update(index_elements=list(key), set_=dict(values))


def containing(words: str) -> str:
    """A LIKE pattern, with the backslash as its escape, for a text that has these words in it."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
