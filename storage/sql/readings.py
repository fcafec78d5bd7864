"""Readings that users kept in their journal."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, delete, or_, select

from storage.sql.dialect import containing, insert_new
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
_PAGE = (
    select(saved_readings)
    .where(
        saved_readings.c.user_id == bindparam("user_id"),
        or_(
            saved_readings.c.created_at < bindparam("before"),
            and_(
                saved_readings.c.created_at == bindparam("before"),
                saved_readings.c.id < bindparam("id"),
            ),
        ),
    )
    .order_by(saved_readings.c.created_at.desc(), saved_readings.c.id.desc())
    .limit(bindparam("limit"))
)
_GET = select(saved_readings).where(
    saved_readings.c.id == bindparam("id"), saved_readings.c.user_id == bindparam("user_id")
)
_REMOVE = delete(saved_readings).where(
    saved_readings.c.id == bindparam("id"), saved_readings.c.user_id == bindparam("user_id")
)
_LIKE = (
    select(saved_readings)
    .where(
        saved_readings.c.user_id == bindparam("user_id"),
        or_(
            saved_readings.c.title.ilike(bindparam("pattern"), escape="\\"),
            saved_readings.c.note.ilike(bindparam("pattern"), escape="\\"),
        ),
    )
    .order_by(saved_readings.c.created_at.desc(), saved_readings.c.id.desc())
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

    def page(
        self, user_id: str, *, before: int, before_id: str, limit: int
    ) -> list[SavedReadingRow]:
        parameters = {"user_id": user_id, "before": before, "id": before_id, "limit": limit}
        return [SavedReadingRow(*row) for row in execute(self._connection, _PAGE, parameters)]

    def get(self, user_id: str, reading_id: str) -> SavedReadingRow | None:
        parameters = {"user_id": user_id, "id": reading_id}
        row = execute(self._connection, _GET, parameters).first()
        return SavedReadingRow(*row) if row else None

    def remove(self, user_id: str, reading_id: str) -> bool:
        """False where the user has no such reading."""
        parameters = {"user_id": user_id, "id": reading_id}
        return execute(self._connection, _REMOVE, parameters).rowcount == 1

    def like(self, user_id: str, words: str, limit: int) -> list[SavedReadingRow]:
        """The user's newest readings whose title or note has these words; all for none."""
        parameters = {"user_id": user_id, "pattern": containing(words), "limit": limit}
        return [SavedReadingRow(*row) for row in execute(self._connection, _LIKE, parameters)]
