"""The corners where SQLite and Postgres spell the same thing differently."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Executable, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


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


class _SharedNow(FunctionElement[int]):
    type = BigInteger()
    inherit_cache = True


def shared_now() -> ColumnElement[int]:
    """The time by which leases run out, in microseconds.

    Machines that share a database take its clock: theirs may differ, and jump. A file has one
    server only, which says `:now`.
    """
    return _SharedNow(bindparam("now", type_=BigInteger()))


@compiles(_SharedNow)
def _given_now(element: _SharedNow, compiler: SQLCompiler, **more: Any) -> str:
    return compiler.process(element.clauses, **more)


@compiles(_SharedNow, "postgresql")
def _clock_now(element: _SharedNow, compiler: SQLCompiler, **more: Any) -> str:
    compiler.process(element.clauses, **more)  # so that `:now` may be given, and is not used
    return "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000000 AS BIGINT)"


def containing(words: str) -> str:
    """A LIKE pattern, with the backslash as its escape, for a text that has these words in it."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
