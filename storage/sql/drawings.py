"""Drawings in their users' folders: which there are, and which are to go."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, false, func, select, true, update

from storage.sql.dialect import insert_new
from storage.sql.schema import drawings, users


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
_KNOWN = select(drawings.c.dropped).where(drawings.c.id == bindparam("id"))
# Who counts a user's drawings, counts alone. (A lock of their row that lets others refer to it.)
_TURN = select(users.c.id).where(users.c.id == bindparam("user_id")).with_for_update(key_share=True)
_STORED = (
    update(drawings).where(drawings.c.id == bindparam("drawing_id"), _KEPT).values(stored=true())
)
_DROP = update(drawings).where(drawings.c.id == bindparam("drawing_id")).values(dropped=true())
_DROP_RESERVED = (
    update(drawings)
    .where(drawings.c.stored == false(), _KEPT, drawings.c.created_at < bindparam("before"))
    .values(dropped=true())
)
_DROPPED = select(*_SELECTED).where(drawings.c.dropped == true()).limit(bindparam("most"))
_REMOVE = delete(drawings).where(drawings.c.id == bindparam("id"))


class Drawings:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, drawing: DrawingRow, *, most: int) -> bool:
        """A place among the user's drawings, the same for the same call; False if all are taken.

        A call whose place was given back has none any more: its file may be on its way out.
        """
        self._connection.execute(_TURN, {"user_id": drawing.user_id})
        known = self._connection.execute(_KNOWN, {"id": drawing.id}).first()
        if known:
            return not known[0]
        taken = self._connection.execute(_COUNT, {"user_id": drawing.user_id}).scalar_one()
        if taken >= most:
            return False
        statement = insert_new(self._connection, drawings, "id")
        values = {name: getattr(drawing, name) for name in _COLUMNS}
        self._connection.execute(statement, {**values, "stored": False})
        return True

    def store(self, drawing_id: str) -> bool:
        """The file is there; False where its place was given back by then."""
        return self._connection.execute(_STORED, {"drawing_id": drawing_id}).rowcount == 1

    def drop(self, drawing_id: str) -> None:
        """Give the place back; the sweep removes the file, if there is one, and then the row."""
        self._connection.execute(_DROP, {"drawing_id": drawing_id})

    def drop_reserved(self, before: int) -> int:
        """Give back the places that were taken before this time and never filled."""
        return self._connection.execute(_DROP_RESERVED, {"before": before}).rowcount

    def by_path(self, user_id: str, path: str) -> DrawingRow | None:
        parameters = {"user_id": user_id, "path": path}
        row = self._connection.execute(_BY_PATH, parameters).first()
        return DrawingRow(**dict(zip(_COLUMNS, row, strict=True))) if row else None

    def dropped(self, most: int) -> list[DrawingRow]:
        rows = self._connection.execute(_DROPPED, {"most": most})
        return [DrawingRow(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]

    def remove(self, drawing_id: str) -> None:
        self._connection.execute(_REMOVE, {"id": drawing_id})
