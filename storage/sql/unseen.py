"""Runs that ended with nobody there: told of, unless somebody comes back in time."""

from dataclasses import dataclass, fields

from sqlalchemy import Connection, bindparam, delete, func, select

from storage.sql.dialect import insert_new
from storage.sql.schema import unseen_endings
from storage.sql.statements import execute


@dataclass(frozen=True, slots=True)
class UnseenRow:
    run_id: str
    user_id: str
    session_id: str
    succeeded: bool
    due_at: int


_COLUMNS = tuple(field.name for field in fields(UnseenRow))
_IN_SESSION = select(func.count()).where(unseen_endings.c.session_id == bindparam("session_id"))
_DUE = (
    select(*(unseen_endings.c[name] for name in _COLUMNS))
    .where(unseen_endings.c.due_at <= bindparam("now"))
    .order_by(unseen_endings.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_SEEN = delete(unseen_endings).where(unseen_endings.c.session_id == bindparam("session_id"))
_TAKE = delete(unseen_endings).where(unseen_endings.c.run_id == bindparam("run_id"))


class Unseen:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: UnseenRow) -> None:
        statement = insert_new(self._connection, unseen_endings, "run_id")
        execute(self._connection, statement, {name: getattr(row, name) for name in _COLUMNS})

    def in_session(self, session_id: str) -> bool:
        parameters = {"session_id": session_id}
        return bool(execute(self._connection, _IN_SESSION, parameters).scalar())

    def seen(self, session_id: str) -> None:
        execute(self._connection, _SEEN, {"session_id": session_id})

    def due(self, *, now: int, most: int) -> list[UnseenRow]:
        rows = execute(self._connection, _DUE, {"now": now, "most": most})
        return [UnseenRow(*row) for row in rows]

    def take(self, run_id: str) -> bool:
        """False where it was told, or seen, in the meantime."""
        return execute(self._connection, _TAKE, {"run_id": run_id}).rowcount == 1
