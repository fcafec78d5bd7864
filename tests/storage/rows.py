"""Rows of every table with what a test cares about; all else is filled in."""

from typing import Any

from sqlalchemy import Connection, insert

from storage.sql.messages import MessageRow
from storage.sql.purchases import PurchaseRow
from storage.sql.readings import SavedReadingRow
from storage.sql.runs import Ending, RunRow, RunStatus
from storage.sql.schema import ledger
from storage.sql.sessions import SessionRow
from storage.sql.tool_calls import ToolCallRow
from storage.sql.transaction import Transaction
from storage.sql.users import UserRow
from tests.support.postgres import set_clock

ANSWER = Ending(status=RunStatus.SUCCEEDED, showed_text=True)
FAILURE = Ending(status=RunStatus.FAILED, showed_text=False, error_code="CODE")


def user(tx: Transaction, name: str = "ann", *, points: int = 0) -> str:
    """A user with an account, and with points that a grant gave."""
    tx.users.add(UserRow(name, f"{name}@example.org", 1))
    tx.points.open(name, 1)
    if points:
        tx.points.move(name, points, entry_id=f"{name}-grant", kind="grant", now=2)
    return name


def session(tx: Transaction, name: str = "s1", *, owner: str = "ann", created_at: int = 10) -> str:
    tx.sessions.add(SessionRow(name, owner, f"title of {name}", "{}", None, created_at, created_at))
    return name


def run(tx: Transaction, name: str = "r1", **changes: Any) -> RunRow:
    values: dict[str, Any] = {
        "id": name,
        "session_id": "s1",
        "user_id": "ann",
        "kind": "divination",
        "digest": b"digest",
        "input": "{}",
        "parent_run_id": None,
        "root_run_id": name,
        "price": 0,
        "log_tag": "tag",
        "created_at": 100,
    }
    row = RunRow(**{**values, **changes})
    tx.runs.add(row)
    return row


def charge(tx: Transaction, row: RunRow, amount: int | None = None) -> None:
    paid = row.price if amount is None else amount
    entry = f"{row.id}-run"
    tx.points.move(row.user_id, -paid, entry_id=entry, kind="run", now=0, run_id=row.id)


def refund(tx: Transaction, row: RunRow, amount: int | None = None) -> None:
    paid = row.price if amount is None else amount
    entry = f"{row.id}-refund"
    tx.points.move(row.user_id, paid, entry_id=entry, kind="refund", now=0, run_id=row.id)


def claim(
    tx: Transaction, worker: str = "w1", *, most: int = 10, now: int = 500, lease: int = 1_000
) -> list[RunRow]:
    set_clock(tx.connection, now)
    return tx.runs.claim(worker, most=most, now=now, lease=lease)


def renew(tx: Transaction, worker: str, run_ids: list[str], *, now: int, lease: int) -> Any:
    set_clock(tx.connection, now)
    return tx.runs.renew(worker, run_ids, now=now, lease=lease)


def settled(tx: Transaction, row: RunRow, ending: Ending, *, now: int = 200) -> None:
    """Claim the run if nobody has, and end it."""
    claim(tx, "w", most=100, now=0, lease=1_000)
    claimed = tx.runs.get(row.id)
    assert claimed is not None
    assert tx.runs.settle(row.id, claimed.attempt, ending, now=now)


def bought(tx: Transaction, name: str, *, owner: str = "ann", points: int = 10) -> PurchaseRow:
    """A purchase that was granted; its identity is its own name."""
    row = PurchaseRow(
        id=name,
        environment="Production",
        transaction_id=f"t-{name}",
        product_id="p",
        quantity=1,
        created_at=1,
    )
    tx.purchases.enter(row)
    tx.purchases.grant(name, owner=owner, identity=name.encode(), code="c", points=points, now=1)
    tx.points.move(
        owner,
        points,
        entry_id=f"{name}-purchase",
        kind="purchase",
        now=0,
        purchase_id=name,
        cause="grant",
    )
    return tx.purchases.lock(name)


def tool_call(tx: Transaction, name: str = "c1", **changes: Any) -> ToolCallRow:
    values: dict[str, Any] = {
        "id": name,
        "run_id": "r1",
        "session_id": "s1",
        "user_id": "ann",
        "name": "save_reading",
        "arguments": "{}",
        "state": "waiting",
        "created_at": 100,
    }
    row = ToolCallRow(**{**values, **changes})
    tx.tool_calls.add(row)
    return row


def message(name: str, *, in_session: str = "s1", body: str = "{}") -> MessageRow:
    return MessageRow(in_session, name, "r1", "user", body, 100)


def reading(name: str, *, owner: str = "ann", created_at: int = 100) -> SavedReadingRow:
    return SavedReadingRow(name, owner, "s1", f"title of {name}", "note", created_at)


def entry(connection: Connection, name: str, **changes: Any) -> None:
    """A ledger row past the repository, as only a bug could write it."""
    values: dict[str, Any] = {
        "id": name,
        "user_id": "ann",
        "kind": "correction",
        "amount": 0,
        "balance_after": 0,
        "run_id": None,
        "note": None,
        "created_at": 1_000,
    }
    connection.execute(insert(ledger), {**values, **changes})
