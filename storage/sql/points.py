"""Balances and the ledger: every movement is one row that never changes."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, case, delete, insert, select, update

from storage.errors import AlreadyBooked
from storage.sql.dialect import insert_new
from storage.sql.schema import accounts, ledger, runs, sessions
from storage.sql.statements import execute


@dataclass(frozen=True, slots=True)
class EntryRow:
    id: str
    user_id: str
    kind: str
    amount: int
    balance_after: int
    run_id: str | None
    note: str | None
    created_at: int
    purchase_id: str | None = None
    cause: str | None = None
    invite_id: str | None = None
    # Of an entry for a run, as long as its session is there.
    run_kind: str | None = None
    session_id: str | None = None
    title: str | None = None


_ENTRY = tuple(column for column in ledger.columns if column.name != "number")
_BALANCE = select(accounts.c.balance).where(accounts.c.user_id == bindparam("user_id"))
_HOLD = _BALANCE.with_for_update()
_OPEN = insert(accounts)
_CLOSE = delete(accounts).where(accounts.c.user_id == bindparam("owner"))
# The order of a user's entries is their time, so a time is never used twice.
_NEXT_TIME = case(
    (accounts.c.last_entry_at < bindparam("now"), bindparam("now")),
    else_=accounts.c.last_entry_at + 1,
)
_MOVE = (
    update(accounts)
    .where(
        accounts.c.user_id == bindparam("owner"),
        accounts.c.balance + bindparam("amount") >= 0,
    )
    .values(balance=accounts.c.balance + bindparam("amount"), last_entry_at=_NEXT_TIME)
    .returning(accounts.c.balance, accounts.c.last_entry_at)
)
_OF_RUN = select(*_ENTRY).where(
    ledger.c.run_id == bindparam("run_id"), ledger.c.kind == bindparam("kind")
)
_OF_INVITE = select(*_ENTRY).where(
    ledger.c.invite_id == bindparam("invite_id"), ledger.c.kind == bindparam("kind")
)
_PAGE = (
    select(*_ENTRY, runs.c.kind, runs.c.session_id, sessions.c.title)
    .select_from(
        ledger.outerjoin(runs, runs.c.id == ledger.c.run_id).outerjoin(
            sessions, sessions.c.id == runs.c.session_id
        )
    )
    .where(ledger.c.user_id == bindparam("user_id"), ledger.c.created_at < bindparam("before"))
    .order_by(ledger.c.created_at.desc())
    .limit(bindparam("limit"))
)


class Points:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self, user_id: str, now: int) -> None:
        values = {"user_id": user_id, "balance": 0, "last_entry_at": now}
        execute(self._connection, _OPEN, values)

    def balance(self, user_id: str) -> int | None:
        balance: int | None = execute(self._connection, _BALANCE, {"user_id": user_id}).scalar()
        return balance

    def hold(self, user_id: str) -> int | None:
        """The balance, which nobody else moves before this transaction's end."""
        balance: int | None = execute(self._connection, _HOLD, {"user_id": user_id}).scalar()
        return balance

    def close(self, user_id: str) -> None:
        """Without its account nothing can be booked for a user, and so no run be admitted."""
        execute(self._connection, _CLOSE, {"owner": user_id})

    def move(
        self,
        user_id: str,
        amount: int,
        *,
        entry_id: str,
        kind: str,
        now: int,
        run_id: str | None = None,
        note: str | None = None,
        purchase_id: str | None = None,
        cause: str | None = None,
        invite_id: str | None = None,
    ) -> EntryRow | None:
        """Book one movement; None, and nothing booked, where the balance would fall below zero.

        A second entry of a kind for one run or one invite raises AlreadyBooked, one of a cause
        for one purchase Taken: the transaction must not stand. The account's row stays locked until
        it ends, so a user's entries become visible in the order of their times, and no page of them
        skips one.
        """
        parameters = {"owner": user_id, "amount": amount, "now": now}
        moved = execute(self._connection, _MOVE, parameters).first()
        if moved is None:
            return None
        balance, at = moved
        of = (purchase_id, cause, invite_id)
        entry = EntryRow(entry_id, user_id, kind, amount, balance, run_id, note, at, *of)
        subject = "invite_id" if invite_id else "run_id"
        statement = insert_new(self._connection, ledger, subject, "kind")
        if execute(self._connection, statement, _values(entry)).rowcount == 0:
            raise AlreadyBooked(invite_id or run_id)
        return entry

    def entry_of_run(self, run_id: str, kind: str) -> EntryRow | None:
        row = execute(self._connection, _OF_RUN, {"run_id": run_id, "kind": kind}).first()
        return EntryRow(*row) if row else None

    def entry_of_invite(self, invite_id: str, kind: str) -> EntryRow | None:
        row = execute(self._connection, _OF_INVITE, {"invite_id": invite_id, "kind": kind}).first()
        return EntryRow(*row) if row else None

    def page(self, user_id: str, *, before: int, limit: int) -> list[EntryRow]:
        parameters = {"user_id": user_id, "before": before, "limit": limit}
        return [EntryRow(*row) for row in execute(self._connection, _PAGE, parameters)]


def _values(entry: EntryRow) -> dict[str, object]:
    return {
        "id": entry.id,
        "user_id": entry.user_id,
        "kind": entry.kind,
        "amount": entry.amount,
        "balance_after": entry.balance_after,
        "run_id": entry.run_id,
        "note": entry.note,
        "created_at": entry.created_at,
        "purchase_id": entry.purchase_id,
        "cause": entry.cause,
        "invite_id": entry.invite_id,
    }
