"""Sessions: a cast, its chart, and whose they are."""

import json
from dataclasses import dataclass

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    delete,
    exists,
    or_,
    select,
    true,
    update,
)

from storage.sql.dialect import containing, insert_new
from storage.sql.schema import (
    archived_logs,
    attachments,
    drawings,
    live_frames,
    messages,
    runs,
    sessions,
    shares,
    tool_calls,
)
from storage.sql.statements import execute


@dataclass(frozen=True, slots=True)
class SessionRow:
    id: str
    user_id: str
    title: str
    cast: str | None
    derived: str | None
    created_at: int
    updated_at: int


_COLUMNS = tuple(column.name for column in sessions.columns)
_GET = select(sessions).where(sessions.c.id == bindparam("id"))
# The lock is what makes one session's admissions take turns where there are many writers.
_LOCK = _GET.with_for_update()
_RECAST = (
    update(sessions)
    .where(sessions.c.id == bindparam("session_id"))
    .values(
        title=bindparam("new_title"),
        cast=bindparam("new_cast"),
        derived=None,
        updated_at=bindparam("now"),
    )
)
_DERIVE = (
    update(sessions)
    .where(sessions.c.id == bindparam("session_id"))
    .values(derived=bindparam("document"))
)
_TOUCH = (
    update(sessions)
    .where(sessions.c.id == bindparam("session_id"))
    .values(updated_at=bindparam("now"))
)
_PAGE = (
    select(sessions)
    .where(
        sessions.c.user_id == bindparam("user_id"),
        or_(
            sessions.c.created_at < bindparam("before"),
            and_(sessions.c.created_at == bindparam("before"), sessions.c.id < bindparam("id")),
        ),
    )
    .order_by(sessions.c.created_at.desc(), sessions.c.id.desc())
    .limit(bindparam("limit"))
)
# A first sieve: the bodies are JSON, so the words may stand in what nobody said.
_LIKE = (
    select(sessions)
    .where(
        sessions.c.user_id == bindparam("user_id"),
        sessions.c.id != bindparam("but"),
        or_(
            sessions.c.title.ilike(bindparam("pattern"), escape="\\"),
            exists().where(
                messages.c.session_id == sessions.c.id,
                messages.c.role == "assistant",
                messages.c.body.ilike(bindparam("quoted"), escape="\\"),
            ),
        ),
    )
    .order_by(sessions.c.created_at.desc(), sessions.c.id.desc())
    .limit(bindparam("limit"))
)
_DROP_DRAWINGS = (
    update(drawings).where(drawings.c.session_id == bindparam("in_session")).values(dropped=true())
)
_EXPIRE_ATTACHMENTS = (
    update(attachments)
    .where(attachments.c.session_id == bindparam("in_session"))
    .values(expires_at=0)
)
_ITS_RUNS = select(runs.c.id).where(runs.c.session_id == bindparam("session_id")).scalar_subquery()
_FORGET = (
    delete(live_frames).where(live_frames.c.run_id.in_(_ITS_RUNS)),
    delete(archived_logs).where(archived_logs.c.run_id.in_(_ITS_RUNS)),
    delete(shares).where(shares.c.session_id == bindparam("session_id")),
    delete(tool_calls).where(tool_calls.c.session_id == bindparam("session_id")),
    delete(messages).where(messages.c.session_id == bindparam("session_id")),
    delete(runs).where(runs.c.session_id == bindparam("session_id")),
    delete(sessions).where(sessions.c.id == bindparam("session_id")),
)


class Sessions:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, session_id: str) -> SessionRow | None:
        row = execute(self._connection, _GET, {"id": session_id}).first()
        return SessionRow(*row) if row else None

    def lock(self, session_id: str) -> SessionRow | None:
        row = execute(self._connection, _LOCK, {"id": session_id}).first()
        return SessionRow(*row) if row else None

    def add(self, session: SessionRow) -> bool:
        """False where the id is taken, once whoever took it has committed."""
        statement = insert_new(self._connection, sessions, "id")
        values = {name: getattr(session, name) for name in _COLUMNS}
        return execute(self._connection, statement, values).rowcount == 1

    def recast(self, session_id: str, *, title: str, cast: str, now: int) -> None:
        """Begin again with another cast, as after a first reading that failed."""
        parameters = {"session_id": session_id, "new_title": title, "new_cast": cast, "now": now}
        execute(self._connection, _RECAST, parameters)

    def derive(self, session_id: str, document: str) -> None:
        parameters = {"session_id": session_id, "document": document}
        execute(self._connection, _DERIVE, parameters)

    def touch(self, session_id: str, now: int) -> None:
        execute(self._connection, _TOUCH, {"session_id": session_id, "now": now})

    def page(self, user_id: str, *, before: int, before_id: str, limit: int) -> list[SessionRow]:
        parameters = {"user_id": user_id, "before": before, "id": before_id, "limit": limit}
        return [SessionRow(*row) for row in execute(self._connection, _PAGE, parameters)]

    def like(self, user_id: str, words: str, *, but: str, limit: int) -> list[SessionRow]:
        """The user's newest sessions, `but` aside, that may have these words in them."""
        parameters = {
            "user_id": user_id,
            "but": but,
            "pattern": containing(words),
            "quoted": containing(json.dumps(words, ensure_ascii=False)[1:-1]),
            "limit": limit,
        }
        return [SessionRow(*row) for row in execute(self._connection, _LIKE, parameters)]

    def forget(self, session_id: str) -> None:
        """Remove the session and all that hangs on it; the ledger keeps its rows.

        Its drawings and attachments are files besides: they are marked, and a sweep removes them.
        """
        execute(self._connection, _EXPIRE_ATTACHMENTS, {"in_session": session_id})
        execute(self._connection, _DROP_DRAWINGS, {"in_session": session_id})
        for statement in _FORGET:
            execute(self._connection, statement, {"session_id": session_id})
