"""Drawings in their users' folders: which there are, and which are to go."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, func, select, true

from storage.sql.dialect import insert_new
from storage.sql.schema import drawings


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawingRow:
    id: str
    user_id: str
    session_id: str
    path: str
    created_at: int


_COLUMNS = ("id", "user_id", "session_id", "path", "created_at")
_SELECTED = tuple(drawings.c[name] for name in _COLUMNS)
_KEPT = drawings.c.dropped.is_(False)
_BY_PATH = select(*_SELECTED).where(
    drawings.c.path == bindparam("path"), drawings.c.user_id == bindparam("user_id"), _KEPT
)
_COUNT = select(func.count()).where(drawings.c.user_id == bindparam("user_id"), _KEPT)
_HAS = select(func.count()).where(drawings.c.id == bindparam("id"), _KEPT)
_DROPPED = select(*_SELECTED).where(drawings.c.dropped == true()).limit(bindparam("most"))
_REMOVE = delete(drawings).where(drawings.c.id == bindparam("id"))


class Drawings:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, drawing: DrawingRow, *, most: int) -> bool:
        """A place among the user's drawings, the same for the same call; False if all are taken.

        Two calls of one user that come at once may both take the last place: it is a quota.
        """
        if self._connection.execute(_HAS, {"id": drawing.id}).scalar_one():
            return True
        taken = self._connection.execute(_COUNT, {"user_id": drawing.user_id}).scalar_one()
        if taken >= most:
            return False
        statement = insert_new(self._connection, drawings, "id")
        self._connection.execute(statement, {name: getattr(drawing, name) for name in _COLUMNS})
        return True

    def by_path(self, user_id: str, path: str) -> DrawingRow | None:
        parameters = {"user_id": user_id, "path": path}
        row = self._connection.execute(_BY_PATH, parameters).first()
        return DrawingRow(**dict(zip(_COLUMNS, row, strict=True))) if row else None

    def dropped(self, most: int) -> list[DrawingRow]:
        rows = self._connection.execute(_DROPPED, {"most": most})
        return [DrawingRow(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]

    def remove(self, drawing_id: str) -> None:
        self._connection.execute(_REMOVE, {"id": drawing_id})
