"""What users have told of themselves."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from storage.sql.dialect import insert_new, insert_or_update
from storage.sql.schema import profile_changes, profiles
from storage.sql.statements import execute


@dataclass(frozen=True, slots=True)
class ProfileRow:
    user_id: str
    birth_year: int | None
    gender: str | None


_GET = select(profiles.c.user_id, profiles.c.birth_year, profiles.c.gender).where(
    profiles.c.user_id == bindparam("user_id")
)


class Profiles:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, user_id: str) -> ProfileRow | None:
        row = self._connection.execute(_GET, {"user_id": user_id}).first()
        return ProfileRow(*row) if row else None

    def note_change(self, call_id: str, user_id: str, now: int) -> bool:
        """False where this very call has changed the profile before."""
        statement = insert_new(self._connection, profile_changes, "id")
        values = {"id": call_id, "user_id": user_id, "created_at": now}
        return execute(self._connection, statement, values).rowcount == 1

    def change(self, user_id: str, now: int, **told: int | str) -> None:
        """Set these facts; what is not told stays as it is."""
        values = {**told, "updated_at": now}
        statement = insert_or_update(self._connection, profiles, "user_id", values=values)
        self._connection.execute(statement, {"user_id": user_id, **values})
