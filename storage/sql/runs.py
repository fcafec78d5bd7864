"""Runs: the queue, the lease, the ending. Each question is one statement whose answer stands."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from enum import StrEnum

from sqlalchemy import Connection, and_, bindparam, func, or_, select, text, true, update

from storage.sql.dialect import insert_new, shared_now
from storage.sql.schema import runs
from storage.sql.statements import Row, execute


class RunStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RunKind(StrEnum):
    DIVINATION = "divination"
    FOLLOW_UP = "follow_up"
    RESUME = "resume"


UNDER_WAY = (RunStatus.QUEUED, RunStatus.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    id: str
    session_id: str
    user_id: str
    kind: str
    digest: bytes
    input: str
    parent_run_id: str | None
    root_run_id: str
    price: int
    refunded: bool = False
    status: str = RunStatus.QUEUED
    log_tag: str
    attempt: int = 0
    worker: str | None = None
    lease_until: int = 0
    cancel_requested: bool = False
    showed_text: bool = False
    error_code: str | None = None
    error_message: str | None = None
    usage: str | None = None
    created_at: int
    started_at: int | None = None
    ended_at: int | None = None

    @property
    def under_way(self) -> bool:
        return self.status in UNDER_WAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ends, as its row will tell it."""

    status: RunStatus
    showed_text: bool
    error_code: str | None = None
    error_message: str | None = None
    usage: str | None = None


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a worker learns of a run that is still its own."""

    run_id: str
    attempt: int
    cancel_requested: bool


_COLUMNS = tuple(field.name for field in fields(RunRow))
_SELECTED = tuple(runs.c[name] for name in _COLUMNS)
_FLAGS = ("refunded", "cancel_requested", "showed_text")

_HELD = (
    select(runs.c.id)
    .where(
        runs.c.id == bindparam("id"),
        runs.c.attempt == bindparam("my_attempt"),
        runs.c.status == RunStatus.RUNNING.value,
    )
    .with_for_update(read=True)
)
_GET = select(*_SELECTED).where(runs.c.id == bindparam("id"))
_OF_SESSION = (
    select(*_SELECTED)
    .where(runs.c.session_id == bindparam("session_id"))
    .order_by(runs.c.created_at, runs.c.id)
)
_COUNTED = select(func.count()).where(
    runs.c.session_id == bindparam("session_id"),
    runs.c.kind != RunKind.RESUME.value,
    runs.c.refunded.is_(False),
)
# As the index of the waiting has it, letter by letter: with bound values it would not be used.
_UNDER_WAY = text(f"runs.status IN ({', '.join(repr(status.value) for status in UNDER_WAY)})")
_FREE = or_(
    runs.c.status == RunStatus.QUEUED.value,
    and_(runs.c.status == RunStatus.RUNNING.value, runs.c.lease_until < shared_now()),
)
_NEXT = (
    select(runs.c.id)
    .where(_UNDER_WAY, _FREE)
    .order_by(runs.c.created_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    # A plan may run a subquery more than once, and lock more each time; this runs once.
    .cte("next_runs")
)
_CLAIM = (
    update(runs)
    .where(runs.c.id.in_(select(_NEXT.c.id)))
    .values(
        status=RunStatus.RUNNING.value,
        attempt=runs.c.attempt + 1,
        worker=bindparam("new_worker"),
        lease_until=shared_now() + bindparam("lease"),
        started_at=func.coalesce(runs.c.started_at, bindparam("now")),
    )
    .returning(*_SELECTED)
)
_MINE = and_(_UNDER_WAY, runs.c.worker == bindparam("me"), runs.c.status == RunStatus.RUNNING.value)
_RENEW = (
    update(runs)
    .where(_MINE, runs.c.id.in_(bindparam("ids", expanding=True)))
    .values(lease_until=shared_now() + bindparam("lease"))
    .returning(runs.c.id, runs.c.attempt, runs.c.cancel_requested)
)
_RENAME_LOG = (
    update(runs)
    .where(
        runs.c.id == bindparam("run_id"),
        runs.c.attempt == bindparam("my_attempt"),
        runs.c.status == RunStatus.RUNNING.value,
    )
    .values(log_tag=bindparam("tag"))
)
_RELEASE = (
    update(runs)
    .where(
        runs.c.id == bindparam("run_id"),
        runs.c.attempt == bindparam("my_attempt"),
        runs.c.status == RunStatus.RUNNING.value,
    )
    .values(lease_until=0)
)
_HAND_BACK = update(runs).where(_MINE).values(lease_until=0)
_HAND_BACK_ALL = (
    update(runs).where(_UNDER_WAY, runs.c.status == RunStatus.RUNNING.value).values(lease_until=0)
)
_SETTLE = (
    update(runs)
    .where(
        runs.c.id == bindparam("run_id"),
        runs.c.attempt == bindparam("my_attempt"),
        runs.c.status == RunStatus.RUNNING.value,
    )
    .values(
        status=bindparam("new_status"),
        showed_text=bindparam("showed"),
        error_code=bindparam("code"),
        error_message=bindparam("message"),
        usage=bindparam("used"),
        ended_at=bindparam("now"),
    )
)
_CANCEL = (
    update(runs).where(runs.c.id == bindparam("run_id"), _UNDER_WAY).values(cancel_requested=true())
)
_ABANDON = (
    update(runs)
    .where(runs.c.id == bindparam("run_id"), runs.c.status == RunStatus.INTERRUPTED.value)
    .values(status=RunStatus.CANCELLED.value)
)
_REFUNDED = (
    update(runs)
    .where(runs.c.id == bindparam("run_id"), runs.c.refunded.is_(False))
    .values(refunded=true())
)
_TO_CANCEL = select(runs.c.id).where(_MINE, runs.c.cancel_requested.is_(True))
_ENDED_AMONG = select(runs.c.id).where(
    runs.c.id.in_(bindparam("ids", expanding=True)), runs.c.ended_at.is_not(None)
)
_KNOWN_AMONG = select(runs.c.id).where(runs.c.id.in_(bindparam("ids", expanding=True)))


class Runs:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, run: RunRow) -> bool:
        """False where the id is taken."""
        values = {name: getattr(run, name) for name in _COLUMNS}
        return (
            execute(self._connection, insert_new(self._connection, runs, "id"), values).rowcount
            == 1
        )

    def get(self, run_id: str) -> RunRow | None:
        row = execute(self._connection, _GET, {"id": run_id}).first()
        return _run(row) if row else None

    def of_session(self, session_id: str) -> list[RunRow]:
        rows = execute(self._connection, _OF_SESSION, {"session_id": session_id})
        return [_run(row) for row in rows]

    def counted(self, session_id: str) -> int:
        """How many of the session's places are taken: a run that was given back takes none."""
        return int(execute(self._connection, _COUNTED, {"session_id": session_id}).scalar())

    def claim(self, worker: str, *, most: int, now: int, lease: int) -> list[RunRow]:
        """Take what waits, and what a dead worker left, each with an attempt of its own."""
        parameters = {"new_worker": worker, "most": most, "now": now, "lease": lease}
        claimed = [_run(row) for row in execute(self._connection, _CLAIM, parameters)]
        return sorted(claimed, key=lambda run: run.created_at)

    def renew(
        self, worker: str, run_ids: Collection[str], *, now: int, lease: int
    ) -> list[Renewal]:
        """Keep the runs that this worker still drives; what it has left is another's to take."""
        parameters = {"me": worker, "ids": list(run_ids), "now": now, "lease": lease}
        return [Renewal(*row) for row in self._connection.execute(_RENEW, parameters)]

    def held(self, run_id: str, attempt: int) -> bool:
        """Whether this attempt is still the run's own; it stays so to the transaction's end."""
        parameters = {"id": run_id, "my_attempt": attempt}
        return execute(self._connection, _HELD, parameters).first() is not None

    def release(self, run_id: str, attempt: int) -> None:
        """Let another attempt begin at once, unless it has."""
        execute(self._connection, _RELEASE, {"run_id": run_id, "my_attempt": attempt})

    def rename_log(self, run_id: str, attempt: int, tag: str) -> bool:
        """Begin another log: what was seen of the earlier one leads nowhere any more."""
        parameters = {"run_id": run_id, "my_attempt": attempt, "tag": tag}
        return execute(self._connection, _RENAME_LOG, parameters).rowcount == 1

    def hand_back(self, worker: str) -> None:
        """Let others take over at once what this worker leaves."""
        execute(self._connection, _HAND_BACK, {"me": worker})

    def hand_back_all(self) -> None:
        """For the one server that owns its data folder: whoever held a lease here is dead."""
        execute(self._connection, _HAND_BACK_ALL)

    def settle(self, run_id: str, attempt: int, ending: Ending, *, now: int) -> bool:
        """False where the run was taken over or has ended: then this worker changes nothing."""
        parameters = {
            "run_id": run_id,
            "my_attempt": attempt,
            "new_status": ending.status.value,
            "showed": ending.showed_text,
            "code": ending.error_code,
            "message": ending.error_message,
            "used": ending.usage,
            "now": now,
        }
        return execute(self._connection, _SETTLE, parameters).rowcount == 1

    def request_cancel(self, run_id: str) -> bool:
        return execute(self._connection, _CANCEL, {"run_id": run_id}).rowcount == 1

    def abandon(self, run_id: str) -> bool:
        """Call off a run that waits for its user."""
        return execute(self._connection, _ABANDON, {"run_id": run_id}).rowcount == 1

    def mark_refunded(self, run_id: str) -> bool:
        return execute(self._connection, _REFUNDED, {"run_id": run_id}).rowcount == 1

    def to_cancel(self, worker: str) -> list[str]:
        return list(execute(self._connection, _TO_CANCEL, {"me": worker}).scalars())

    def ended_among(self, run_ids: Collection[str]) -> set[str]:
        return set(self._connection.execute(_ENDED_AMONG, {"ids": list(run_ids)}).scalars())

    def known_among(self, run_ids: Collection[str]) -> set[str]:
        return set(self._connection.execute(_KNOWN_AMONG, {"ids": list(run_ids)}).scalars())


def _run(row: Row) -> RunRow:
    values = dict(zip(_COLUMNS, row, strict=True))
    for name in _FLAGS:  # SQLite has no booleans of its own
        values[name] = bool(values[name])
    return RunRow(**values)
