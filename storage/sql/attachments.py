"""Files that users brought: whose they are, which session has them, and which are to go."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from enum import StrEnum

from sqlalchemy import Connection, bindparam, delete, func, or_, select, update

from storage.sql.dialect import insert_new
from storage.sql.schema import attachments
from storage.sql.statements import execute


class AttachmentState(StrEnum):
    AWAITED = "awaited"
    RESERVED = "reserved"
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRow:
    id: str
    user_id: str
    session_id: str | None = None
    path: str
    upload_path: str | None = None
    name: str
    media_type: str
    size: int
    state: str
    transcript: str | None = None
    created_at: int
    expires_at: int | None = None


_LIVE = or_(attachments.c.expires_at.is_(None), attachments.c.expires_at > bindparam("now"))
_OWN = attachments.c.user_id == bindparam("owner_id")
_THIS = attachments.c.id == bindparam("attachment_id")
_FIND = select(attachments).where(
    _OWN,
    or_(attachments.c.path == bindparam("ref"), attachments.c.id == bindparam("ref")),
    _LIVE,
)
_USED = select(func.count(), func.coalesce(func.sum(attachments.c.size), 0)).where(_OWN, _LIVE)
_KEEP = (
    update(attachments)
    .where(_THIS, attachments.c.state != AttachmentState.KEPT, _LIVE)
    .values(
        state=AttachmentState.KEPT, media_type=bindparam("new_type"), size=bindparam("new_size")
    )
)
# The row count is the answer: a file is one session's, or nobody's yet, and still there.
_CLAIM = (
    update(attachments)
    .where(
        _THIS,
        _OWN,
        _LIVE,
        attachments.c.state == AttachmentState.KEPT,
        or_(
            attachments.c.session_id.is_(None),
            attachments.c.session_id == bindparam("in_session"),
        ),
    )
    .values(session_id=bindparam("in_session"), expires_at=None)
)
_LET_GO = (
    update(attachments)
    .where(_THIS, attachments.c.session_id.is_(None))
    .values(expires_at=bindparam("until"))
)
_HEARD = update(attachments).where(_THIS).values(transcript=bindparam("text"))
_TRANSCRIPT = select(attachments.c.transcript).where(_THIS)
# What a signed URL may still write to is not taken before it cannot.
_SETTLED = or_(
    attachments.c.upload_path.is_(None), attachments.c.created_at < bindparam("uploaded_before")
)
_EXPIRED = (
    select(attachments)
    .where(attachments.c.expires_at <= bindparam("now"), _SETTLED)
    .limit(bindparam("most"))
)
# Decided here, for every server: from now on no session can claim it.
_CONDEMN = (
    update(attachments)
    .where(_THIS, attachments.c.expires_at <= bindparam("now"))
    .values(expires_at=0)
)
_REMOVE = delete(attachments).where(_THIS, attachments.c.expires_at == 0)
_UPLOADED = (
    select(attachments)
    .where(
        attachments.c.upload_path.is_not(None),
        attachments.c.state == AttachmentState.KEPT,
        attachments.c.created_at < bindparam("uploaded_before"),
    )
    .limit(bindparam("most"))
)
_CLEARED = update(attachments).where(_THIS).values(upload_path=None)
_ERASE = delete(attachments).where(_OWN)


class Attachments:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def used(self, user_id: str, *, now: int) -> tuple[int, int]:
        """How many files the user has, and their bytes."""
        row = execute(self._connection, _USED, {"owner_id": user_id, "now": now}).first()
        assert row is not None
        return int(row[0]), int(row[1])

    def add(self, row: AttachmentRow) -> bool:
        """False where there is one of this id already, as after a retry."""
        statement = insert_new(self._connection, attachments, "id")
        return execute(self._connection, statement, asdict(row)).rowcount == 1

    def find(self, user_id: str, ref: str, *, now: int) -> AttachmentRow | None:
        """The user's file of this path or id, while it is there."""
        parameters = {"owner_id": user_id, "ref": ref, "now": now}
        row = execute(self._connection, _FIND, parameters).first()
        return _row(row) if row else None

    def keep(self, attachment_id: str, *, media_type: str, size: int, now: int) -> bool:
        """Its bytes are there and in order; False where it is gone, or was kept before."""
        parameters = {"new_type": media_type, "new_size": size, "now": now}
        return self._changed(_KEEP, {"attachment_id": attachment_id, **parameters})

    def claim(self, attachment_id: str, *, user_id: str, session_id: str, now: int) -> bool:
        parameters = {"owner_id": user_id, "in_session": session_id, "now": now}
        return self._changed(_CLAIM, {"attachment_id": attachment_id, **parameters})

    def let_go(self, attachment_ids: Collection[str], *, until: int) -> None:
        """What no session has claimed, the sweep takes after this time."""
        for attachment_id in attachment_ids:
            self._changed(_LET_GO, {"attachment_id": attachment_id, "until": until})

    def heard(self, attachment_id: str, transcript: str) -> None:
        self._changed(_HEARD, {"attachment_id": attachment_id, "text": transcript})

    def transcript(self, attachment_id: str) -> str | None:
        """What was heard in it, once someone has listened."""
        text = execute(self._connection, _TRANSCRIPT, {"attachment_id": attachment_id}).scalar()
        return None if text is None else str(text)

    def expired(self, *, now: int, uploaded_before: int, most: int) -> list[AttachmentRow]:
        parameters = {"now": now, "uploaded_before": uploaded_before, "most": most}
        return [_row(row) for row in execute(self._connection, _EXPIRED, parameters)]

    def condemn(self, attachment_id: str, *, now: int) -> bool:
        return self._changed(_CONDEMN, {"attachment_id": attachment_id, "now": now})

    def remove(self, attachment_id: str) -> None:
        self._changed(_REMOVE, {"attachment_id": attachment_id})

    def uploaded(self, *, uploaded_before: int, most: int) -> list[AttachmentRow]:
        """Kept files whose upload is still there beside them, and can no longer be written to."""
        parameters = {"uploaded_before": uploaded_before, "most": most}
        return [_row(row) for row in execute(self._connection, _UPLOADED, parameters)]

    def cleared(self, attachment_id: str) -> None:
        self._changed(_CLEARED, {"attachment_id": attachment_id})

    def erase(self, user_id: str) -> None:
        """Every row of the user; whoever asks removes what lies under u/<user>/ first."""
        execute(self._connection, _ERASE, {"owner_id": user_id})

    def _changed(self, statement: object, parameters: dict[str, object]) -> bool:
        return execute(self._connection, statement, parameters).rowcount == 1  # type: ignore[arg-type]


def _row(row: tuple[object, ...]) -> AttachmentRow:
    return AttachmentRow(**dict(zip(_COLUMNS, row, strict=True)))  # type: ignore[arg-type]


_COLUMNS = tuple(column.name for column in attachments.columns)
