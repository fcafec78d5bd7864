"""The corners where SQLite and Postgres spell the same thing differently."""

from functools import lru_cache

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, *key: str) -> Executable:
    """An insert that leaves an existing row with the same key alone; its row count tells."""
    return _insert_new(connection.dialect.name, table, key)


@lru_cache
def _insert_new(dialect: str, table: Table, key: tuple[str, ...]) -> Executable:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing(index_elements=list(key))
