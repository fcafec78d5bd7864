"""One-time codes: each is judged so many times, and used once."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from storage.sql.schema import codes
from storage.sql.statements import execute


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    challenge: str
    email: str
    digest: bytes
    tries_left: int
    blind_tries_left: int
    created_at: int
    expires_at: int


_KEPT_APART = {"used_at", "unsent"}
_COLUMNS = tuple(column.name for column in codes.columns if column.name not in _KEPT_APART)
_SELECTED = tuple(codes.c[name] for name in _COLUMNS)
_IS_CHALLENGE = codes.c.challenge == bindparam("given")
_IS_OPEN = (codes.c.used_at.is_(None)) & (codes.c.expires_at > bindparam("now"))
_ADD = insert(codes)
_GET = select(*_SELECTED).where(_IS_CHALLENGE, codes.c.email == bindparam("address"), _IS_OPEN)
_NEWEST = (
    select(*_SELECTED)
    .where(codes.c.email == bindparam("address"), _IS_OPEN)
    .order_by(codes.c.created_at.desc(), codes.c.challenge.desc())
    .limit(1)
)
_USE = update(codes).where(_IS_CHALLENGE, _IS_OPEN).values(used_at=bindparam("now"))
_MARK_UNSENT = (
    update(codes).where(_IS_CHALLENGE, codes.c.used_at.is_(None)).values(used_at=0, unsent=True)
)
_UNSENT = (
    select(func.min(codes.c.challenge))
    .where(codes.c.email == bindparam("address"), codes.c.unsent)
    .scalar_subquery()
)
_CLAIM_UNSENT = delete(codes).where(codes.c.challenge == _UNSENT, codes.c.unsent)
_DROP = delete(codes).where(codes.c.expires_at < bindparam("before"))


def _spend(blind: bool) -> ReturningUpdate[tuple[int]]:  # noqa: FBT001 - called twice, below
    left = codes.c.blind_tries_left if blind else codes.c.tries_left
    spent = update(codes).where(_IS_CHALLENGE, _IS_OPEN, left > 0).values({left.name: left - 1})
    return spent.returning(left)


_SPEND_TRY = _spend(blind=False)
_SPEND_BLIND_TRY = _spend(blind=True)


class Codes:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, code: CodeRow) -> None:
        execute(self._connection, _ADD, {name: getattr(code, name) for name in _COLUMNS})

    def open(self, challenge: str, email: str, now: int) -> CodeRow | None:
        """The code of this challenge, where it went to this address and is still good."""
        parameters = {"given": challenge, "address": email, "now": now}
        return _row(execute(self._connection, _GET, parameters).first())

    def newest(self, email: str, now: int) -> CodeRow | None:
        """The last code that went to this address, where it is still good."""
        return _row(execute(self._connection, _NEWEST, {"address": email, "now": now}).first())

    def spend_try(self, challenge: str, now: int, *, blind: bool) -> bool:
        """False where none is left, or the code is no longer good."""
        statement = _SPEND_BLIND_TRY if blind else _SPEND_TRY
        parameters = {"given": challenge, "now": now}
        return execute(self._connection, statement, parameters).first() is not None

    def use(self, challenge: str, now: int) -> bool:
        """False where somebody else came first."""
        return execute(self._connection, _USE, {"given": challenge, "now": now}).rowcount == 1

    def mark_unsent(self, challenge: str) -> None:
        execute(self._connection, _MARK_UNSENT, {"given": challenge})

    def claim_unsent(self, email: str) -> bool:
        """Whether a mail to this address is owed; each is owed once."""
        return execute(self._connection, _CLAIM_UNSENT, {"address": email}).rowcount == 1

    def drop_before(self, before: int) -> None:
        execute(self._connection, _DROP, {"before": before})


def _row(found: tuple[object, ...] | None) -> CodeRow | None:
    return CodeRow(**dict(zip(_COLUMNS, found, strict=True))) if found else None  # type: ignore[arg-type]
