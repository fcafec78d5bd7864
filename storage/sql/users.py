"""Who the users are."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, select

from storage.sql.dialect import insert_new
from storage.sql.schema import refresh_families, users
from storage.sql.statements import execute


@dataclass(frozen=True, slots=True)
class UserRow:
    id: str
    email: str
    created_at: int


@dataclass(frozen=True, slots=True)
class RefreshFamilyRow:
    """One sign-in's chain of refresh tokens: only the newest one's hash is kept."""

    id: str
    user_id: str
    counter: int
    token_hash: bytes
    created_at: int
    rotated_at: int
    expires_at: int
    revoked_at: int | None


_BY_ID = select(users).where(users.c.id == bindparam("id"))
_BY_EMAIL = select(users).where(users.c.email == bindparam("email"))
_ADD_FAMILY = insert(refresh_families)
_FAMILY_COLUMNS = tuple(column.name for column in refresh_families.columns)


class Users:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, user_id: str) -> UserRow | None:
        row = execute(self._connection, _BY_ID, {"id": user_id}).first()
        return UserRow(*row) if row else None

    def by_email(self, email: str) -> UserRow | None:
        row = execute(self._connection, _BY_EMAIL, {"email": email}).first()
        return UserRow(*row) if row else None

    def add(self, user: UserRow) -> bool:
        """False where the address is taken."""
        statement = insert_new(self._connection, users, "email")
        values = {"id": user.id, "email": user.email, "created_at": user.created_at}
        return execute(self._connection, statement, values).rowcount == 1

    def add_refresh_family(self, family: RefreshFamilyRow) -> None:
        values = {name: getattr(family, name) for name in _FAMILY_COLUMNS}
        execute(self._connection, _ADD_FAMILY, values)
