"""The one upload past the server that a user's avatar may come from."""

from sqlalchemy import Connection, bindparam, delete, select, true, update

from storage.sql.dialect import insert_or_update
from storage.sql.schema import avatar_uploads
from storage.sql.statements import execute

_OWN = (
    avatar_uploads.c.user_id == bindparam("owner"),
    avatar_uploads.c.upload_id == bindparam("upload"),
)
_AWAITED = select(avatar_uploads.c.adopted).where(*_OWN)
_ADOPT = (
    update(avatar_uploads).where(*_OWN, avatar_uploads.c.adopted.is_(False)).values(adopted=true())
)
_OLD = (
    select(avatar_uploads.c.user_id)
    .where(avatar_uploads.c.created_at < bindparam("before"))
    .order_by(avatar_uploads.c.created_at)
    .limit(bindparam("most"))
)
_REMOVE = delete(avatar_uploads).where(
    avatar_uploads.c.user_id == bindparam("owner"),
    avatar_uploads.c.created_at < bindparam("before"),
)


class AvatarUploads:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def expect(self, user_id: str, upload_id: str, now: int) -> None:
        """From now on this one, and none before it."""
        values = {"upload_id": upload_id, "adopted": False, "created_at": now}
        statement = insert_or_update(self._connection, avatar_uploads, "user_id", values=values)
        self._connection.execute(statement.values(user_id=user_id, **values))

    def awaits(self, user_id: str, upload_id: str) -> bool:
        """Whether this one may become the avatar still."""
        found = execute(self._connection, _AWAITED, {"owner": user_id, "upload": upload_id}).first()
        return found is not None and not found[0]

    def adopt(self, user_id: str, upload_id: str) -> bool:
        """False where it was adopted before, or another one is awaited by now."""
        values = {"owner": user_id, "upload": upload_id}
        return execute(self._connection, _ADOPT, values).rowcount == 1

    def old(self, *, before: int, most: int) -> list[str]:
        """The users whose upload was signed before this time."""
        return execute(self._connection, _OLD, {"before": before, "most": most}).scalars()

    def remove(self, user_id: str, *, before: int) -> None:
        """If it is old still: a new one may be awaited by now."""
        execute(self._connection, _REMOVE, {"owner": user_id, "before": before})
