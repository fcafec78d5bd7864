"""Readings that users have made readable by others, each under a link that ends."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, delete, or_, select, update

from storage.sql.dialect import insert_new
from storage.sql.schema import shares
from storage.sql.statements import execute


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRow:
    id: str
    user_id: str
    session_id: str
    salt: bytes
    token_hash: bytes
    include_question: bool
    content: str
    created_at: int
    expires_at: int
    revoked_at: int | None = None


_COLUMNS = tuple(column.name for column in shares.columns)
_GET = select(shares).where(shares.c.id == bindparam("id"))
_BY_TOKEN = select(shares).where(shares.c.token_hash == bindparam("token_hash"))
_PAGE = (
    select(shares)
    .where(
        shares.c.user_id == bindparam("user_id"),
        shares.c.revoked_at.is_(None),
        or_(
            shares.c.created_at < bindparam("before"),
            and_(shares.c.created_at == bindparam("before"), shares.c.id < bindparam("id")),
        ),
    )
    .order_by(shares.c.created_at.desc(), shares.c.id.desc())
    .limit(bindparam("limit"))
)
_OPEN = (
    select(shares)
    .where(
        shares.c.session_id == bindparam("session_id"),
        shares.c.include_question == bindparam("include_question"),
        shares.c.revoked_at.is_(None),
        shares.c.expires_at > bindparam("now"),
    )
    .order_by(shares.c.created_at.desc(), shares.c.id.desc())
    .limit(1)
)
_PROLONG = (
    update(shares)
    .where(shares.c.id == bindparam("share_id"), shares.c.revoked_at.is_(None))
    .values(expires_at=bindparam("until"))
)
# What was disclosed goes with the link: a link that is known to be dead is all that stays.
_REVOKE = (
    update(shares)
    .where(shares.c.id == bindparam("share_id"), shares.c.user_id == bindparam("owner"))
    .values(revoked_at=bindparam("now"), content="{}")
)
_DROP = delete(shares).where(shares.c.expires_at < bindparam("before"))


class Shares:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, share: ShareRow) -> bool:
        """False where this very call has shared already: a retried worker shares once."""
        statement = insert_new(self._connection, shares, "id")
        values = {name: getattr(share, name) for name in _COLUMNS}
        return execute(self._connection, statement, values).rowcount == 1

    def get(self, share_id: str) -> ShareRow | None:
        row = self._connection.execute(_GET, {"id": share_id}).first()
        return ShareRow(**dict(zip(_COLUMNS, row, strict=True))) if row else None

    def open_in(self, session_id: str, *, include_question: bool, now: int) -> ShareRow | None:
        """The newest link of a session that shows as much, where one is open."""
        parameters = {"session_id": session_id, "include_question": include_question, "now": now}
        row = self._connection.execute(_OPEN, parameters).first()
        return ShareRow(**dict(zip(_COLUMNS, row, strict=True))) if row else None

    def prolong(self, share_id: str, until: int) -> bool:
        """False where it was revoked meanwhile."""
        parameters = {"share_id": share_id, "until": until}
        return self._connection.execute(_PROLONG, parameters).rowcount == 1

    def by_token(self, token_hash: bytes) -> ShareRow | None:
        row = self._connection.execute(_BY_TOKEN, {"token_hash": token_hash}).first()
        return ShareRow(**dict(zip(_COLUMNS, row, strict=True))) if row else None

    def page(self, user_id: str, *, before: int, before_id: str, limit: int) -> list[ShareRow]:
        parameters = {"user_id": user_id, "before": before, "id": before_id, "limit": limit}
        rows = self._connection.execute(_PAGE, parameters)
        return [ShareRow(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]

    def revoke(self, user_id: str, share_id: str, now: int) -> bool:
        """False where the user has no such share."""
        parameters = {"owner": user_id, "share_id": share_id, "now": now}
        return self._connection.execute(_REVOKE, parameters).rowcount == 1

    def drop_before(self, before: int) -> int:
        """Forget the links that ended before this time."""
        return self._connection.execute(_DROP, {"before": before}).rowcount
