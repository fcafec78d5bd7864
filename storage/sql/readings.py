"""Readings that users kept in their journal."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from storage.sql.dialect import insert_new
from storage.sql.schema import saved_readings
from storage.sql.statements import execute


@dataclass(frozen=True, slots=True)
class SavedReadingRow:
    id: str
    user_id: str
    session_id: str
    title: str
    note: str
    created_at: int


_COLUMNS = tuple(column.name for column in saved_readings.columns)
_OF_USER = (
    select(saved_readings)
    .where(saved_readings.c.user_id == bindparam("user_id"))
    .order_by(saved_readings.c.created_at.desc())
    .limit(bindparam("limit"))
)


class Readings:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, reading: SavedReadingRow) -> bool:
        """False where this very call has saved already: a retried worker saves once."""
        statement = insert_new(self._connection, saved_readings, "id")
        values = {name: getattr(reading, name) for name in _COLUMNS}
        return execute(self._connection, statement, values).rowcount == 1

    def of_user(self, user_id: str, limit: int) -> list[SavedReadingRow]:
        parameters = {"user_id": user_id, "limit": limit}
        return [SavedReadingRow(*row) for row in execute(self._connection, _OF_USER, parameters)]
