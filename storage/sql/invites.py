"""Invite codes, who used whose, and how often somebody guessed."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select, update

from storage.sql.dialect import insert_new, insert_or_update
from storage.sql.schema import invite_guesses, invite_redemptions, invites, ledger
from storage.sql.statements import execute

# What an inviter's entry in the ledger is called.
INVITER_ENTRY = "invite"


@dataclass(frozen=True, slots=True)
class InviteRow:
    user_id: str
    code: str
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionRow:
    """`user_id` used the code of `inviter_id`, who is None once that account is gone."""

    user_id: str
    id: str
    inviter_id: str | None
    rewarded: bool
    created_at: int


_OF_USER = select(invites).where(invites.c.user_id == bindparam("user_id"))
_BY_CODE = select(invites).where(invites.c.code == bindparam("code"))
# Those who use one code at once take turns, so that its limits hold.
_LOCK = _BY_CODE.with_for_update()
_REDEMPTION = select(invite_redemptions).where(invite_redemptions.c.user_id == bindparam("user_id"))
_REDEMPTION_COLUMNS = tuple(column.name for column in invite_redemptions.columns)
# In the inviter's own books: redemptions go with the accounts of the invited.
_REWARDED = select(func.count()).where(
    ledger.c.user_id == bindparam("inviter_id"),
    ledger.c.created_at >= bindparam("since"),
    ledger.c.kind == INVITER_ENTRY,
)
_GUESSES = select(invite_guesses.c.since, invite_guesses.c.wrong).where(
    invite_guesses.c.user_id == bindparam("user_id")
)
_GUESSED = (
    update(invite_guesses)
    .where(invite_guesses.c.user_id == bindparam("guesser"))
    .values(since=bindparam("new_since"), wrong=bindparam("new_wrong"))
)


class Invites:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- codes ------------------------------------------------------------------------------

    def of_user(self, user_id: str) -> InviteRow | None:
        row = execute(self._connection, _OF_USER, {"user_id": user_id}).first()
        return InviteRow(*row) if row else None

    def by_code(self, code: str) -> InviteRow | None:
        row = execute(self._connection, _BY_CODE, {"code": code}).first()
        return InviteRow(*row) if row else None

    def lock(self, code: str) -> InviteRow | None:
        """The invite, whose redemptions take turns from here to the end of the transaction."""
        row = execute(self._connection, _LOCK, {"code": code}).first()
        return InviteRow(*row) if row else None

    def add(self, invite: InviteRow) -> bool:
        """False where the user has a code already."""
        statement = insert_new(self._connection, invites, "user_id")
        values = {
            "user_id": invite.user_id,
            "code": invite.code,
            "created_at": invite.created_at,
        }
        return execute(self._connection, statement, values).rowcount == 1

    # --- their use --------------------------------------------------------------------------

    def redemption(self, user_id: str) -> RedemptionRow | None:
        row = execute(self._connection, _REDEMPTION, {"user_id": user_id}).first()
        if row is None:
            return None
        values = dict(zip(_REDEMPTION_COLUMNS, row, strict=True))
        return RedemptionRow(**{**values, "rewarded": bool(values["rewarded"])})

    def redeem(self, row: RedemptionRow) -> bool:
        """False where the user has used a code before."""
        statement = insert_new(self._connection, invite_redemptions, "user_id")
        values = {name: getattr(row, name) for name in _REDEMPTION_COLUMNS}
        return execute(self._connection, statement, values).rowcount == 1

    def rewarded(self, inviter_id: str, *, since: int) -> int:
        parameters = {"inviter_id": inviter_id, "since": since}
        return int(execute(self._connection, _REWARDED, parameters).scalar())

    # --- guesses ----------------------------------------------------------------------------

    def lock_guesses(self, user_id: str, now: int) -> tuple[int, int]:
        """(since when, how many were wrong); a user's tries take turns from here on."""
        begun = insert_or_update(
            self._connection, invite_guesses, "user_id", values={"wrong": invite_guesses.c.wrong}
        )
        self._connection.execute(begun, {"user_id": user_id, "since": now, "wrong": 0})
        row = execute(self._connection, _GUESSES, {"user_id": user_id}).first()
        assert row is not None, "it was written just now"
        return row[0], row[1]

    def guessed(self, user_id: str, *, since: int, wrong: int) -> None:
        parameters = {"guesser": user_id, "new_since": since, "new_wrong": wrong}
        execute(self._connection, _GUESSED, parameters)
