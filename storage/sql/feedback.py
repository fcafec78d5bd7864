"""What people say about the app, and the pictures that they send with it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, and_, bindparam, delete, func, select, update

from storage.sql.dialect import insert_new
from storage.sql.schema import feedback, feedback_pictures
from storage.sql.statements import execute


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackRow:
    id: str
    user_id: str | None
    kind: str
    content: str
    device: str | None
    app_version: str | None
    retry_key: bytes | None
    digest: bytes
    created_at: int


_COLUMNS = tuple(column.name for column in feedback.columns)
_BY_KEY = select(feedback).where(feedback.c.retry_key == bindparam("key"))
_WITHIN = and_(
    feedback.c.created_at >= bindparam("start"), feedback.c.created_at < bindparam("end")
)
_OF_DAY = (
    select(feedback)
    .where(_WITHIN)
    .order_by(feedback.c.created_at, feedback.c.id)
    .limit(bindparam("most"))
)
_COUNTS = (
    select(feedback.c.kind, feedback.c.app_version, func.count())
    .where(_WITHIN)
    .group_by(feedback.c.kind, feedback.c.app_version)
)
_PICTURES_OF_DAY = (
    select(feedback_pictures.c.feedback_id, feedback_pictures.c.path)
    .join(feedback, feedback.c.id == feedback_pictures.c.feedback_id)
    .where(_WITHIN)
    .order_by(feedback_pictures.c.path)
)
_OF_PERSON = delete(feedback).where(feedback.c.user_id == bindparam("person_id"))
_NOBODYS = feedback_pictures.c.feedback_id.is_(None)
_PATH = feedback_pictures.c.path == bindparam("picture_path")
# The row count is the answer: what the sweep may be at is nobody's for ever.
_BIND = (
    update(feedback_pictures)
    .where(_PATH, _NOBODYS, feedback_pictures.c.expires_at > bindparam("now"))
    .values(feedback_id=bindparam("owner"))
)
_LET_GO = update(feedback_pictures).where(_PATH, _NOBODYS).values(expires_at=bindparam("until"))
_STRAYS = (
    select(feedback_pictures.c.path)
    .where(_NOBODYS, feedback_pictures.c.expires_at <= bindparam("now"))
    .limit(bindparam("most"))
)
_REMOVE = delete(feedback_pictures).where(_PATH, _NOBODYS)


class Feedbacks:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def reserve(self, paths: Iterable[str], *, expires_at: int) -> None:
        """Say where pictures will lie before they do, so that the sweep can find them."""
        statement = insert_new(self._connection, feedback_pictures, "path")
        for path in paths:
            values = {"path": path, "feedback_id": None, "expires_at": expires_at}
            execute(self._connection, statement, values)

    def add(self, row: FeedbackRow) -> bool:
        """False where the same try was stored before."""
        statement = insert_new(self._connection, feedback, "retry_key")
        return execute(self._connection, statement, asdict(row)).rowcount == 1

    def bind(self, feedback_id: str, paths: Sequence[str], *, now: int) -> bool:
        """Give reserved pictures their feedback; False where one of them is on its way out."""
        bound = [
            execute(
                self._connection, _BIND, {"picture_path": path, "owner": feedback_id, "now": now}
            ).rowcount
            for path in paths
        ]
        return sum(bound) == len(paths)

    def by_key(self, key: bytes) -> FeedbackRow | None:
        row = execute(self._connection, _BY_KEY, {"key": key}).first()
        return _row(row) if row else None

    def within(self, start: int, end: int, *, most: int) -> list[FeedbackRow]:
        """The first ones of this time, in order."""
        parameters = {"start": start, "end": end, "most": most}
        return [_row(row) for row in execute(self._connection, _OF_DAY, parameters)]

    def counts(self, start: int, end: int) -> list[tuple[str, str | None, int]]:
        """How many there are of each kind and version."""
        rows = execute(self._connection, _COUNTS, {"start": start, "end": end})
        return [(str(kind), version, int(count)) for kind, version, count in rows]

    def pictures(self, start: int, end: int) -> list[tuple[str, str]]:
        """The feedback and the path of each picture, in order."""
        rows = execute(self._connection, _PICTURES_OF_DAY, {"start": start, "end": end})
        return [(str(feedback_id), str(path)) for feedback_id, path in rows]

    def forget_person(self, user_id: str) -> int:
        """Everything that the user has said; the sweep takes the pictures."""
        return execute(self._connection, _OF_PERSON, {"person_id": user_id}).rowcount

    def let_go(self, paths: Iterable[str], *, until: int) -> None:
        """What has no feedback by now gets none: the sweep may have it after this time."""
        for path in paths:
            execute(self._connection, _LET_GO, {"picture_path": path, "until": until})

    def strays(self, *, now: int, most: int) -> list[str]:
        rows = execute(self._connection, _STRAYS, {"now": now, "most": most})
        return [str(path) for path in rows.scalars()]

    def remove_picture(self, path: str) -> None:
        execute(self._connection, _REMOVE, {"picture_path": path})


def _row(row: tuple[object, ...]) -> FeedbackRow:
    values = dict(zip(_COLUMNS, row, strict=True))
    return FeedbackRow(**values)  # type: ignore[arg-type]
