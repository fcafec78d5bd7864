"""What users are told between their visits."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, case, func, select, update

from storage.sql.dialect import insert_new, insert_or_update
from storage.sql.schema import notification_clocks, notifications
from storage.sql.statements import execute


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationRow:
    id: str
    user_id: str
    kind: str
    title: str
    body: str
    payload: str
    created_at: int
    read_at: int | None = None
    key: str | None = None


_COLUMNS = tuple(column.name for column in notifications.columns)
# The order of a user's notifications is their time, so a time is never used twice.
_LATER = case(
    (notification_clocks.c.last_at < bindparam("now"), bindparam("now")),
    else_=notification_clocks.c.last_at + 1,
)
_GET = select(notifications).where(
    notifications.c.id == bindparam("id"), notifications.c.user_id == bindparam("user_id")
)
_PAGE = (
    select(notifications)
    .where(
        notifications.c.user_id == bindparam("user_id"),
        notifications.c.created_at < bindparam("before"),
    )
    .order_by(notifications.c.created_at.desc())
    .limit(bindparam("limit"))
)
_UNREAD = select(func.count()).where(
    notifications.c.user_id == bindparam("user_id"), notifications.c.read_at.is_(None)
)
_READ = (
    update(notifications)
    .where(
        notifications.c.id == bindparam("notification_id"),
        notifications.c.user_id == bindparam("owner"),
        notifications.c.read_at.is_(None),
    )
    .values(read_at=bindparam("now"))
)
_READ_ALL = (
    update(notifications)
    .where(notifications.c.user_id == bindparam("owner"), notifications.c.read_at.is_(None))
    .values(read_at=bindparam("now"))
)


class Notifications:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_time(self, user_id: str, now: int) -> int:
        """A time for the user's next notification, later than that of any other; it is theirs."""
        statement = insert_or_update(
            self._connection, notification_clocks, "user_id", values={"last_at": _LATER}
        ).returning(notification_clocks.c.last_at)
        parameters = {"user_id": user_id, "last_at": now, "now": now}
        return int(self._connection.execute(statement, parameters).scalar_one())

    def add(self, row: NotificationRow) -> bool:
        """False where the user was told under this key before."""
        statement = insert_new(self._connection, notifications, "user_id", "key")
        values = {name: getattr(row, name) for name in _COLUMNS}
        return execute(self._connection, statement, values).rowcount == 1

    def get(self, user_id: str, notification_id: str) -> NotificationRow | None:
        parameters = {"user_id": user_id, "id": notification_id}
        row = self._connection.execute(_GET, parameters).first()
        return NotificationRow(**dict(zip(_COLUMNS, row, strict=True))) if row else None

    def page(self, user_id: str, *, before: int, limit: int) -> list[NotificationRow]:
        parameters = {"user_id": user_id, "before": before, "limit": limit}
        rows = self._connection.execute(_PAGE, parameters)
        return [NotificationRow(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]

    def unread(self, user_id: str) -> int:
        return int(self._connection.execute(_UNREAD, {"user_id": user_id}).scalar_one())

    def read(self, user_id: str, notification_id: str, now: int) -> bool:
        """False where there was nothing to change: it is read already, or not the user's."""
        parameters = {"owner": user_id, "notification_id": notification_id, "now": now}
        return self._connection.execute(_READ, parameters).rowcount == 1

    def read_all(self, user_id: str, now: int) -> None:
        self._connection.execute(_READ_ALL, {"owner": user_id, "now": now})
