"""A row in every table of the schema, whatever tables there are, each marked as one user's own."""

from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    Table,
    create_engine,
    inspect,
    text,
)
from sqlalchemy.pool import NullPool

from storage.sql.erasures import IMPERSONAL, KEPT
from storage.sql.schema import metadata

# What decides how a row is treated must be a value that the server knows.
KNOWN = {("runs", "status"): "succeeded", ("tool_calls", "state"): "completed"}
NOT_YET = {"closed_at", "told_at", "revoked_at"}
# References that the schema does not know as such.
REFERENCES = {
    "email": "users.email",
    "session_id": "sessions.id",
    "run_id": "runs.id",
    "root_run_id": "runs.id",
}
# Tables that say nothing of anybody, or say it of those who are gone.
LEFT_EMPTY = frozenset(table.name for table in IMPERSONAL)
# Tables whose rows outlive their user name them in their references only.
NAMED_ONCE = frozenset(table.name for table in KEPT)


def fill(connection: Connection, user_id: str, *, number: int) -> None:
    """Give the user a row in every table, with their id in each of its texts."""
    for table in metadata.sorted_tables:
        if table.name not in LEFT_EMPTY:
            row = {each.name: _value(table, each, user_id, number) for each in table.columns}
            connection.execute(table.insert(), row)


def contents(connection: Connection) -> dict[str, list[str]]:
    """Every row of every table that the database has, as text."""
    found: dict[str, list[str]] = {}
    for name in inspect(connection).get_table_names():
        rows = connection.execute(text(f'SELECT * FROM "{name}"'))
        found[name] = sorted(repr(tuple(map(_readable, row))) for row in rows)
    return found


def contents_of(path: Path) -> dict[str, list[str]]:
    """The same of a database file that somebody else has open."""
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.connect() as connection:
        return contents(connection)


def _value(table: Table, column: Column[Any], user_id: str, number: int) -> Any:
    name = column.name
    if table.name in NAMED_ONCE and not column.foreign_keys:
        user_id = f"somebody {number}"
    if (table.name, name) in KNOWN or (name in NOT_YET and column.nullable):
        value: Any = KNOWN.get((table.name, name))
    elif column.foreign_keys:
        (key,) = column.foreign_keys
        value = _mark(user_id, str(key.column))
    elif name in REFERENCES and REFERENCES[name] != str(column):
        value = _mark(user_id, REFERENCES[name])
    elif isinstance(column.type, Boolean):
        value = False
    elif isinstance(column.type, Integer | BigInteger):
        value = number
    elif isinstance(column.type, LargeBinary):
        value = _mark(user_id, str(column)).encode()
    else:
        value = _mark(user_id, str(column))
    return value


def _mark(user_id: str, column: str) -> str:
    return user_id if column == "users.id" else f"{user_id} {column}"


def _readable(value: Any) -> Any:
    return value.decode("latin-1") if isinstance(value, bytes) else value
