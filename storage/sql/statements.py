"""Statements that are compiled once: running one costs what the driver costs, and little more.

SQLAlchemy writes the SQL, for either dialect, and knows the schema. But its way from a statement to
the driver and back costs several times the query, and so decides how many runs a core admits.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler

from storage.errors import Taken

Row = tuple[Any, ...]
Parameters = Mapping[str, Any]
# In one statement, where many are added.
ROWS_AT_ONCE = 32


class Answer:
    """What a statement came to."""

    __slots__ = ("_cursor",)

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def __iter__(self) -> Iterator[Row]:
        return iter(self._cursor)

    @property
    def rowcount(self) -> int:
        count: int = self._cursor.rowcount
        return count

    def first(self) -> Row | None:
        rows = self._cursor.fetchall()  # to its end, so that no statement stays open
        return rows[0] if rows else None

    def all(self) -> list[Row]:
        rows: list[Row] = self._cursor.fetchall()
        return rows

    def scalar(self) -> Any:
        row = self.first()
        return row[0] if row else None

    def scalars(self) -> list[Any]:
        return [row[0] for row in self._cursor.fetchall()]


class _Compiled:
    """The SQL of one statement, and how its parameters are handed over."""

    __slots__ = ("_defaults", "_order", "sql")

    def __init__(self, compiled: SQLCompiler) -> None:
        self.sql = str(compiled)
        self._order = compiled.positiontup
        self._defaults = compiled.params

    def bound(self, parameters: Parameters) -> Sequence[Any] | Mapping[str, Any]:
        if self._order is None:
            return {**self._defaults, **parameters}
        defaults = self._defaults
        return [parameters[n] if n in parameters else defaults[n] for n in self._order]

    def bound_in_order(self, values: Sequence[Any]) -> Sequence[Any] | Mapping[str, Any]:
        return values if self._order is not None else dict(zip(self._defaults, values, strict=True))


# Statements are module constants: as many entries as there are questions.
_compiled: dict[tuple[Executable, str], _Compiled] = {}


def execute(
    connection: Connection,
    statement: Executable,
    parameters: Parameters | Sequence[Parameters] = {},  # noqa: B006 - never changed
) -> Answer:
    """Run a statement that was built once; a sequence of parameters runs it for each of them."""
    many = not isinstance(parameters, Mapping)
    sample: Parameters = parameters[0] if many else parameters  # type: ignore[index,assignment]
    known = _known(connection, statement, sample)
    cursor = _cursor(connection)
    try:
        if many:
            cursor.executemany(known.sql, [known.bound(each) for each in parameters])  # type: ignore[arg-type]
        else:
            cursor.execute(known.sql, known.bound(sample))
    except connection.dialect.loaded_dbapi.IntegrityError as conflict:
        raise Taken(str(conflict)) from conflict
    except connection.dialect.loaded_dbapi.DataError:
        clean = _without_nul(parameters)
        if clean == parameters:
            raise
        return execute(connection, statement, clean)
    return Answer(cursor)


def insert_in_order(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Add rows, each in the order of the table's columns, with few statements for many.

    Each statement of SQLite's driver lets go of Python's lock, and must get it back.
    """
    for chunk in _by_powers_of_two(rows):
        known = _known(connection, _insert_of(table, len(chunk)), {})
        values = [value for row in chunk for value in row]
        try:
            _cursor(connection).execute(known.sql, known.bound_in_order(values))
        except connection.dialect.loaded_dbapi.IntegrityError as conflict:
            raise Taken(str(conflict)) from conflict


def _by_powers_of_two(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """All rows in a few chunks, so that a handful of statements serves for any number of them."""
    done = 0
    while left := len(rows) - done:
        size = min(1 << left.bit_length() - 1, ROWS_AT_ONCE)
        yield rows[done : done + size]
        done += size


@cache
def _insert_of(table: Table, size: int) -> Executable:
    names = [column.name for column in table.columns]
    return insert(table).values(
        [{n: bindparam(f"{n}_{row}") for n in names} for row in range(size)]
    )


def _cursor(connection: Connection) -> Any:
    return connection.connection.dbapi_connection.cursor()  # type: ignore[union-attr]


def _known(connection: Connection, statement: Executable, sample: Parameters) -> _Compiled:
    known = _compiled.get((statement, connection.dialect.name))
    return known or _compile(connection, statement, sample)


def _without_nul(parameters: Parameters | Sequence[Parameters]) -> Any:
    """Postgres keeps every character but one; its driver refuses that before it sends a word."""
    if not isinstance(parameters, Mapping):
        return [_without_nul(each) for each in parameters]
    return {
        name: value.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) else value
        for name, value in parameters.items()
    }


def _compile(connection: Connection, statement: Executable, sample: Parameters) -> _Compiled:
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(sample))  # type: ignore[attr-defined]
    known = _compiled[statement, connection.dialect.name] = _Compiled(compiled)
    return known
