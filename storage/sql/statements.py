"""Statements that are compiled once: running one costs what the driver costs, and little more.

SQLAlchemy writes the SQL, for either dialect, and knows the schema. But its way from a statement to
the driver and back costs several times the query, and so decides how many runs a core admits.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler

from storage.errors import Taken

Row = tuple[Any, ...]
Parameters = Mapping[str, Any]


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
    known = _compiled.get((statement, connection.dialect.name))
    if known is None:
        known = _compile(connection, statement, sample)
    cursor = connection.connection.dbapi_connection.cursor()  # type: ignore[union-attr]
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
