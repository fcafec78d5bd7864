"""What was said in a session, in AG-UI's shape and in order."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, insert, select

from storage.sql.schema import messages
from storage.sql.statements import execute


@dataclass(frozen=True, slots=True)
class MessageRow:
    session_id: str
    id: str
    run_id: str
    role: str
    body: str
    created_at: int


_COLUMNS = tuple(column.name for column in messages.columns if column.name != "number")
_SELECTED = tuple(messages.c[name] for name in _COLUMNS)
_ADD = insert(messages)
_GET = select(*_SELECTED).where(
    messages.c.session_id == bindparam("session_id"), messages.c.id == bindparam("id")
)
_REMOVE = delete(messages).where(
    messages.c.session_id == bindparam("session_id"), messages.c.id == bindparam("id")
)
_OF_SESSION = (
    select(*_SELECTED)
    .where(messages.c.session_id == bindparam("session_id"))
    .order_by(messages.c.number)
)


class Messages:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, *rows: MessageRow) -> None:
        if rows:
            values = [{name: getattr(row, name) for name in _COLUMNS} for row in rows]
            execute(self._connection, _ADD, values)

    def get(self, session_id: str, message_id: str) -> MessageRow | None:
        parameters = {"session_id": session_id, "id": message_id}
        row = execute(self._connection, _GET, parameters).first()
        return MessageRow(*row) if row else None

    def remove(self, session_id: str, message_id: str) -> None:
        execute(self._connection, _REMOVE, {"session_id": session_id, "id": message_id})

    def of_session(self, session_id: str) -> list[MessageRow]:
        rows = execute(self._connection, _OF_SESSION, {"session_id": session_id})
        return [MessageRow(*row) for row in rows]
