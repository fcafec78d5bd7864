"""Deleting accounts: what there is of a user, in which order it goes, and what is still to go."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import (
    Connection,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    true,
    update,
)

from storage.sql.dialect import insert_new, shared_now
from storage.sql.runs import RunStatus
from storage.sql.schema import (
    accounts,
    apple_notifications,
    archived_logs,
    attachments,
    avatar_uploads,
    codes,
    drawings,
    erasures,
    feedback,
    feedback_pictures,
    feedback_reports,
    former_identities,
    identities,
    invite_guesses,
    invite_redemptions,
    invites,
    ledger,
    live_frames,
    messages,
    notification_clocks,
    notifications,
    payment_reviews,
    profile_changes,
    profiles,
    purchases,
    refresh_families,
    reminders,
    runs,
    saved_readings,
    sessions,
    shares,
    starter_claims,
    tool_calls,
    unseen_endings,
    users,
)
from storage.sql.statements import execute

# Every table stands in one of these; a test reads the schema and misses the one that does not.
BY_CLOSING = (accounts, codes, identities, refresh_families)
BY_SESSION = (live_frames, archived_logs, tool_calls, messages, runs, sessions)
BY_USER = (
    shares,
    saved_readings,
    reminders,
    drawings,
    attachments,
    feedback,
    unseen_endings,
    notifications,
    notification_clocks,
    invite_redemptions,
    invite_guesses,
    invites,
    avatar_uploads,
    profile_changes,
    profiles,
    ledger,
)
LAST = (users,)
# What outlives its user and no longer names them: its rows let go of the user's by themselves.
KEPT: tuple[Table, ...] = (purchases, feedback_pictures)
IMPERSONAL = (
    feedback_reports,
    erasures,
    former_identities,
    starter_claims,
    payment_reviews,
    apple_notifications,
)


@dataclass(frozen=True, slots=True)
class ErasureRow:
    """The receipt; `user_id` is None once nothing can be left behind."""

    id: str
    user_id: str | None
    requested_at: int
    completed_at: int | None = None


_OF_USER = select(erasures).where(erasures.c.user_id == bindparam("user_id"))
_OPEN = (
    select(erasures)
    .where(erasures.c.completed_at.is_(None))
    .order_by(erasures.c.requested_at)
    .limit(bindparam("most"))
)
_TO_LOOK_AT = (
    select(erasures)
    .where(erasures.c.user_id.is_not(None), erasures.c.completed_at < bindparam("before"))
    .limit(bindparam("most"))
)
_COMPLETE = (
    update(erasures)
    .where(erasures.c.user_id == bindparam("user"), erasures.c.completed_at.is_(None))
    .values(completed_at=bindparam("now"))
)
_DETACH = update(erasures).where(erasures.c.id == bindparam("erasure_id")).values(user_id=None)
_FORMER = select(func.count()).where(former_identities.c.hash == bindparam("hash"))
# What nobody drives ends here, and an attempt more keeps out whoever thinks that they do.
_FENCE = (
    update(runs)
    .where(
        runs.c.user_id == bindparam("owner"),
        or_(
            runs.c.status == RunStatus.QUEUED.value,
            and_(runs.c.status == RunStatus.RUNNING.value, runs.c.lease_until < shared_now()),
        ),
    )
    .values(status=RunStatus.CANCELLED.value, attempt=runs.c.attempt + 1, ended_at=bindparam("now"))
)
_CALL_OFF = (
    update(runs)
    .where(runs.c.user_id == bindparam("owner"), runs.c.status == RunStatus.RUNNING.value)
    .values(cancel_requested=true())
)
_UNDER_WAY = exists().where(
    runs.c.session_id == sessions.c.id,
    or_(runs.c.status == RunStatus.QUEUED.value, runs.c.status == RunStatus.RUNNING.value),
)
_QUIET = (
    select(sessions.c.id)
    .where(sessions.c.user_id == bindparam("user_id"), ~_UNDER_WAY)
    .limit(bindparam("most"))
)
_SESSIONS = select(func.count()).where(sessions.c.user_id == bindparam("user_id"))
_RUNS = select(runs.c.id).where(runs.c.session_id.in_(bindparam("sessions", expanding=True)))
_ROWS = tuple(delete(table).where(table.c.user_id == bindparam("owner")) for table in BY_USER)
_USER = delete(users).where(users.c.id == bindparam("owner"))


class Erasures:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- the receipt ------------------------------------------------------------------------

    def add(self, row: ErasureRow, identity: bytes) -> None:
        """Note that the account is to go, and that its address has had one."""
        values = {"id": row.id, "user_id": row.user_id, "requested_at": row.requested_at}
        execute(self._connection, insert_new(self._connection, erasures, "id"), values)
        known = insert_new(self._connection, former_identities, "hash")
        execute(self._connection, known, {"hash": identity, "created_at": row.requested_at})

    def of_user(self, user_id: str) -> ErasureRow | None:
        row = execute(self._connection, _OF_USER, {"user_id": user_id}).first()
        return ErasureRow(*row) if row else None

    def open(self, most: int) -> list[ErasureRow]:
        return [ErasureRow(*row) for row in execute(self._connection, _OPEN, {"most": most})]

    def to_look_at(self, *, before: int, most: int) -> list[ErasureRow]:
        """Those that were complete before this time."""
        rows = execute(self._connection, _TO_LOOK_AT, {"before": before, "most": most})
        return [ErasureRow(*row) for row in rows]

    def detach(self, erasure_id: str) -> None:
        """Forget whom the receipt was for."""
        execute(self._connection, _DETACH, {"erasure_id": erasure_id})

    def is_former(self, *identities: bytes) -> bool:
        """Whether an account of this address, by any of its hashes, was deleted before."""
        found = (execute(self._connection, _FORMER, {"hash": each}).scalar() for each in identities)
        return any(found)

    # --- what goes --------------------------------------------------------------------------

    def call_off(self, user_id: str, now: int) -> None:
        """End the user's runs: at once where nobody drives them, through their worker elsewhere."""
        execute(self._connection, _FENCE, {"owner": user_id, "now": now})
        execute(self._connection, _CALL_OFF, {"owner": user_id})

    def quiet_sessions(self, user_id: str, most: int) -> list[str]:
        """Sessions in which nothing is under way."""
        parameters = {"user_id": user_id, "most": most}
        return execute(self._connection, _QUIET, parameters).scalars()

    def runs_in(self, session_ids: Collection[str]) -> list[str]:
        return list(self._connection.execute(_RUNS, {"sessions": list(session_ids)}).scalars())

    def has_sessions(self, user_id: str) -> bool:
        return bool(execute(self._connection, _SESSIONS, {"user_id": user_id}).scalar())

    def finish(self, user_id: str, now: int) -> None:
        """Remove what is left of the user, and the user."""
        for statement in (*_ROWS, _USER):
            execute(self._connection, statement, {"owner": user_id})
        execute(self._connection, _COMPLETE, {"user": user_id, "now": now})
