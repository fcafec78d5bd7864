"""Who the users are."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from storage.sql.dialect import insert_new
from storage.sql.schema import identities, users
from storage.sql.statements import execute


@dataclass(frozen=True, slots=True)
class UserRow:
    id: str
    email: str
    created_at: int


_BY_ID = select(users).where(users.c.id == bindparam("id"))
_BY_EMAIL = select(users).where(users.c.email == bindparam("email"))
_BY_IDENTITY = (
    select(users)
    .join(identities, identities.c.user_id == users.c.id)
    .where(identities.c.issuer == bindparam("issuer"), identities.c.subject == bindparam("subject"))
)


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

    def by_identity(self, issuer: str, subject: str) -> UserRow | None:
        parameters = {"issuer": issuer, "subject": subject}
        row = execute(self._connection, _BY_IDENTITY, parameters).first()
        return UserRow(*row) if row else None

    def vouch(self, issuer: str, subject: str, user: UserRow) -> bool:
        """This issuer knows the user by that name; False where the name is somebody's already."""
        statement = insert_new(self._connection, identities, "issuer", "subject")
        values = {
            "issuer": issuer,
            "subject": subject,
            "user_id": user.id,
            "created_at": user.created_at,
        }
        return execute(self._connection, statement, values).rowcount == 1
