"""What users have told of themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from sqlalchemy import Connection, bindparam, select, update

from storage.sql.dialect import insert_new
from storage.sql.schema import profile_changes, profiles
from storage.sql.statements import execute

Fact = int | str | None


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """Where `birthday` is known, `birth_year` is its year."""

    user_id: str
    birth_year: int | None = None
    gender: str | None = None
    display_name: str | None = None
    bio: str | None = None
    locale: str | None = None
    birthday: str | None = None
    avatar_path: str | None = None
    updated_at: int = 0


_COLUMNS = tuple(field.name for field in fields(ProfileRow))
_GET = select(*(profiles.c[name] for name in _COLUMNS)).where(
    profiles.c.user_id == bindparam("user_id")
)
# Who looks before they change looks under the lock: two changes at once are one after the other.
_LOCK = _GET.with_for_update()


class Profiles:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, user_id: str) -> ProfileRow | None:
        row = execute(self._connection, _GET, {"user_id": user_id}).first()
        return ProfileRow(*row) if row else None

    def lock(self, user_id: str) -> ProfileRow | None:
        row = execute(self._connection, _LOCK, {"user_id": user_id}).first()
        return ProfileRow(*row) if row else None

    def open(self, user_id: str, now: int) -> bool:
        """False where there is one."""
        statement = insert_new(self._connection, profiles, "user_id")
        parameters = {"user_id": user_id, "updated_at": now}
        return execute(self._connection, statement, parameters).rowcount == 1

    def note_change(self, call_id: str, user_id: str, now: int) -> bool:
        """False where this very call has changed the profile before."""
        statement = insert_new(self._connection, profile_changes, "id")
        values = {"id": call_id, "user_id": user_id, "created_at": now}
        return execute(self._connection, statement, values).rowcount == 1

    def change(self, user_id: str, now: int, facts: Mapping[str, Fact]) -> None:
        """Set these facts of a profile that exists; what is not told stays as it is."""
        changed = update(profiles).where(profiles.c.user_id == user_id)
        self._connection.execute(changed.values({**facts, "updated_at": now}))
