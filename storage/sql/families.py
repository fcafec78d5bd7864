"""Sign-ins: each a family of refresh tokens, of which the newest one counts."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from storage.sql.schema import refresh_families
from storage.sql.statements import execute


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyRow:
    id: str
    user_id: str
    salt: bytes
    counter: int
    seen: int
    created_at: int
    rotated_at: int
    expires_at: int
    revoked_at: int | None


_columns = refresh_families.c
_COLUMNS = tuple(column.name for column in refresh_families.columns)
_IS_FAMILY = _columns.id == bindparam("family")
_ADD = insert(refresh_families)
_GET = select(refresh_families).where(_IS_FAMILY)
_ADVANCE = (
    update(refresh_families)
    .where(
        _IS_FAMILY,
        _columns.counter == bindparam("from_counter"),
        _columns.revoked_at.is_(None),
        _columns.expires_at > bindparam("now"),
        _columns.rotated_at > bindparam("idle_since"),
    )
    .values(counter=_columns.counter + 1, rotated_at=bindparam("now"))
)
_SEE = (
    update(refresh_families)
    .where(_IS_FAMILY, _columns.seen < bindparam("generation"))
    .values(seen=bindparam("generation"))
)
_REVOKE = (
    update(refresh_families)
    .where(_IS_FAMILY, _columns.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)
_DROP = delete(refresh_families).where(
    or_(
        _columns.expires_at < bindparam("before"),
        _columns.rotated_at < bindparam("idle_before"),
    )
)


class Families:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, family: FamilyRow) -> None:
        execute(self._connection, _ADD, {name: getattr(family, name) for name in _COLUMNS})

    def get(self, family_id: str) -> FamilyRow | None:
        row = execute(self._connection, _GET, {"family": family_id}).first()
        return FamilyRow(**dict(zip(_COLUMNS, row, strict=True))) if row else None

    def advance(self, family_id: str, counter: int, *, now: int, idle_since: int) -> bool:
        """From this token to the next one; False where it is not the newest of a living family."""
        parameters = {"family": family_id, "from_counter": counter}
        parameters |= {"now": now, "idle_since": idle_since}
        return execute(self._connection, _ADVANCE, parameters).rowcount == 1

    def see(self, family_id: str, generation: int) -> None:
        """The client has what was minted with this token."""
        execute(self._connection, _SEE, {"family": family_id, "generation": generation})

    def revoke(self, family_id: str, now: int) -> bool:
        """False where it was revoked before."""
        return execute(self._connection, _REVOKE, {"family": family_id, "now": now}).rowcount == 1

    def drop_before(self, before: int, idle_before: int) -> None:
        execute(self._connection, _DROP, {"before": before, "idle_before": idle_before})
