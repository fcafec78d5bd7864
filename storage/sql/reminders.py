"""Reminders that users have set, until their time comes."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, func, or_, select, update

from storage.sql.dialect import insert_new
from storage.sql.schema import reminders
from storage.sql.statements import execute


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderRow:
    id: str
    user_id: str
    session_id: str
    text: str
    locale: str
    due_at: int
    created_at: int
    told_at: int | None = None
    cancelled_at: int | None = None


_COLUMNS = tuple(column.name for column in reminders.columns)
_OPEN = and_(reminders.c.told_at.is_(None), reminders.c.cancelled_at.is_(None))
_DUE = (
    select(reminders)
    .where(_OPEN, reminders.c.due_at <= bindparam("now"))
    .order_by(reminders.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_TELL = (
    update(reminders)
    .where(reminders.c.id == bindparam("reminder_id"), _OPEN)
    .values(told_at=bindparam("now"))
)
_PAGE = (
    select(reminders)
    .where(
        reminders.c.user_id == bindparam("user_id"),
        _OPEN,
        or_(
            reminders.c.created_at < bindparam("before"),
            and_(reminders.c.created_at == bindparam("before"), reminders.c.id < bindparam("id")),
        ),
    )
    .order_by(reminders.c.created_at.desc(), reminders.c.id.desc())
    .limit(bindparam("limit"))
)
_CANCEL = (
    update(reminders)
    .where(reminders.c.id == bindparam("reminder_id"), reminders.c.user_id == bindparam("owner"))
    .values(cancelled_at=func.coalesce(reminders.c.cancelled_at, bindparam("now")))
)


class Reminders:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, reminder: ReminderRow) -> bool:
        """False where this very call has set one already: a retried worker sets it once."""
        statement = insert_new(self._connection, reminders, "id")
        values = {name: getattr(reminder, name) for name in _COLUMNS}
        return execute(self._connection, statement, values).rowcount == 1

    def due(self, *, now: int, most: int) -> list[ReminderRow]:
        rows = self._connection.execute(_DUE, {"now": now, "most": most})
        return [ReminderRow(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]

    def page(self, user_id: str, *, before: int, before_id: str, limit: int) -> list[ReminderRow]:
        """Those that are still to come."""
        parameters = {"user_id": user_id, "before": before, "id": before_id, "limit": limit}
        rows = self._connection.execute(_PAGE, parameters)
        return [ReminderRow(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]

    def cancel(self, user_id: str, reminder_id: str, now: int) -> bool:
        """False where the user has no such reminder; one that was told is none the worse."""
        parameters = {"owner": user_id, "reminder_id": reminder_id, "now": now}
        return self._connection.execute(_CANCEL, parameters).rowcount == 1

    def tell(self, reminder_id: str, now: int) -> bool:
        """False where it was told before, or is not wanted any more."""
        parameters = {"reminder_id": reminder_id, "now": now}
        return self._connection.execute(_TELL, parameters).rowcount == 1
