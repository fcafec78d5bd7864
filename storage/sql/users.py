"""Who the users are."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, func, select, update

from storage.sql.dialect import insert_new
from storage.sql.schema import codes, identities, refresh_families, users
from storage.sql.statements import execute


@dataclass(frozen=True, slots=True)
class UserRow:
    id: str
    email: str
    created_at: int
    closed_at: int | None = None


_BY_ID = select(users).where(users.c.id == bindparam("id"))
_BY_EMAIL = select(users).where(users.c.email == bindparam("email"))
_BY_IDENTITY = (
    select(users)
    .join(identities, identities.c.user_id == users.c.id)
    .where(identities.c.issuer == bindparam("issuer"), identities.c.subject == bindparam("subject"))
)
# Its address is free for a new account, and the old one answers to none.
_CLOSE = (
    update(users)
    .where(users.c.id == bindparam("user_id"), users.c.closed_at.is_(None))
    .values(email=users.c.id, closed_at=bindparam("now"))
)
_WAYS_IN = (
    delete(codes).where(
        codes.c.email.in_(select(users.c.email).where(users.c.id == bindparam("user_id")))
    ),
    delete(refresh_families).where(refresh_families.c.user_id == bindparam("user_id")),
    delete(identities).where(identities.c.user_id == bindparam("user_id")),
)
_AFTER = (
    select(users.c.id)
    .where(users.c.id > bindparam("after"), users.c.closed_at.is_(None))
    .order_by(users.c.id)
    .limit(bindparam("most"))
)
_COUNT = select(func.count()).where(users.c.closed_at.is_(None))


class Users:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, user_id: str) -> UserRow | None:
        row = execute(self._connection, _BY_ID, {"id": user_id}).first()
        return UserRow(*row) if row else None

    def is_open(self, user_id: str) -> bool:
        """False from the moment that the account is closed, and once nothing is left of it."""
        user = self.get(user_id)
        return user is not None and user.closed_at is None

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

    def close(self, user_id: str, now: int) -> bool:
        """End the account's every way in; False where it is closed, or there is none."""
        for statement in _WAYS_IN:
            execute(self._connection, statement, {"user_id": user_id})
        return execute(self._connection, _CLOSE, {"user_id": user_id, "now": now}).rowcount == 1

    def ids_after(self, user_id: str, most: int) -> list[str]:
        """The next users in the order of their ids."""
        return execute(self._connection, _AFTER, {"after": user_id, "most": most}).scalars()

    def count(self) -> int:
        return int(execute(self._connection, _COUNT).scalar())
