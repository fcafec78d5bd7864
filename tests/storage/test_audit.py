"""Every rule of the audit finds the violation that it is there for, and sound books nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, delete, text, update

from storage.sql.audit import RULES, Finding
from storage.sql.erasures import ErasureRow
from storage.sql.invites import RedemptionRow
from storage.sql.logs import ArchivedLog
from storage.sql.runs import Ending, RunStatus
from storage.sql.schema import accounts, ledger, purchases, runs, tool_calls
from storage.sql.transaction import Transaction
from tests.storage import rows

Plant = Callable[[Transaction], Any]
WAITING = Ending(status=RunStatus.INTERRUPTED, showed_text=False)
ENDED_AT = 200
NEVER = 2**62
CLOSED = "a closed account is being erased, and nothing can be booked on it"
INVITED = "points for an invite went to one of its two sides"


@pytest.fixture
def connection(fresh: Connection) -> Connection:
    return fresh


@pytest.fixture
def tx(connection: Connection) -> Transaction:
    """Books in which everything that may happen has happened, and rightly."""
    tx = Transaction(connection)
    rows.user(tx, points=100)
    rows.session(tx)
    answered = rows.run(tx, "answered", price=10)
    failed = rows.run(tx, "failed", price=10)
    free = rows.run(tx, "free", kind="resume", root_run_id="answered")
    waiting = rows.run(tx, "waiting", price=5)
    for row in (answered, failed, waiting):
        rows.charge(tx, row)
    rows.tool_call(tx, run_id="waiting")
    for row, ending in (
        (answered, rows.ANSWER),
        (failed, rows.FAILURE),
        (free, rows.ANSWER),
        (waiting, WAITING),
    ):
        rows.settled(tx, row, ending, now=ENDED_AT)
        tx.logs.archive(ArchivedLog(row.id, "tag", 1, b"frame"), now=ENDED_AT)
    rows.refund(tx, failed)
    tx.runs.mark_refunded("failed")
    rows.charge(tx, rows.run(tx, "queued", price=10))
    for name in ("bought", "starter"):
        rows.bought(tx, name)
    tx.purchases.claim_starter(b"starter", "starter", 1)
    return tx


def findings(tx: Transaction, *, kept_since: int = 0, overdue: int = 0) -> list[Finding]:
    return tx.audit.findings(kept_since=kept_since, overdue=overdue)


def set_run(tx: Transaction, name: str, **values: Any) -> None:
    tx.connection.execute(update(runs).where(runs.c.id == name).values(**values))


def overdraw(tx: Transaction) -> None:
    """As if the check had not been there."""
    if tx.connection.dialect.name == "postgresql":
        pytest.skip("a check cannot be lifted for one statement")
    tx.connection.execute(text("PRAGMA ignore_check_constraints=ON"))
    tx.connection.execute(update(accounts).values(balance=-1))


def forget_an_entry(tx: Transaction) -> None:
    tx.connection.execute(delete(ledger).where(ledger.c.id == "answered-run"))


def break_the_chain(tx: Transaction) -> None:
    """Two amounts are exchanged: the sum is right, the way there is not."""
    for name, amount in (("answered-run", -5), ("waiting-run", -10)):
        tx.connection.execute(update(ledger).where(ledger.c.id == name).values(amount=amount))


def lose_an_account(tx: Transaction) -> None:
    rows.user(tx, "ben")
    tx.connection.execute(delete(accounts).where(accounts.c.user_id == "ben"))


def give_back_too_much(tx: Transaction) -> None:
    tx.connection.execute(
        update(ledger).where(ledger.c.id == "failed-refund").values(amount=11, balance_after=86)
    )


def give_back_what_nobody_paid(tx: Transaction) -> None:
    tx.points.move("ann", 5, entry_id="gift", kind="refund", now=0, run_id="free")


def decide_and_forget(tx: Transaction) -> None:
    tx.connection.execute(update(tool_calls).values(state="rejected"))


def set_purchase(tx: Transaction, **values: Any) -> None:
    tx.connection.execute(update(purchases).where(purchases.c.id == "bought").values(**values))


def refund_twice(tx: Transaction) -> None:
    for number in (1, 2):
        tx.points.move(
            "ann",
            -10,
            entry_id=f"again-{number}",
            kind="purchase_refund",
            now=0,
            purchase_id="bought",
            cause=f"n{number}",
        )
    tx.purchases.settle("bought", taken=10, forgiven=0)
    tx.purchases.tell("bought", share=100_000, told_at=1)


def book_without_a_purchase(tx: Transaction) -> None:
    tx.points.move("ann", 5, entry_id="gift", kind="purchase", now=0)


def book_anothers_purchase(tx: Transaction) -> None:
    rows.user(tx, "ben")
    tx.points.move("ben", 5, entry_id="gift", kind="grant", now=0, purchase_id="bought", cause="x")


def close_without_a_receipt(tx: Transaction) -> None:
    tx.points.close("ann")
    tx.users.close("ann", 1)


def close_with_points_left(tx: Transaction) -> None:
    rows.user(tx, "ben")
    tx.users.close("ben", 1)
    tx.erasures.add(ErasureRow("receipt", "ben", 1), b"hash")


def pay_a_stranger_for_an_invite(tx: Transaction) -> None:
    invited(tx, rewarded=True)
    tx.points.move("cho", 5, entry_id="gift", kind="invite", now=0, invite_id="i1")


def pay_for_an_invite_past_the_limit(tx: Transaction) -> None:
    invited(tx, rewarded=False)
    tx.points.move("ann", 5, entry_id="gift", kind="invite", now=0, invite_id="i1")


def invited(tx: Transaction, *, rewarded: bool) -> None:
    """Ben used Ann's code."""
    for name in ("ben", "cho"):
        rows.user(tx, name)
    tx.invites.redeem(
        RedemptionRow(user_id="ben", id="i1", inviter_id="ann", rewarded=rewarded, created_at=1)
    )


PLANTED: list[tuple[str, Plant, str]] = [
    ("a balance is never negative", overdraw, "ann"),
    ("a balance is the sum of its ledger", forget_an_entry, "ann"),
    (
        "each entry starts from the balance that the one before it left",
        break_the_chain,
        "answered-run",
    ),
    ("every user has an account", lose_an_account, "ben"),
    (CLOSED, close_without_a_receipt, "ann"),
    (CLOSED, close_with_points_left, "ben"),
    (INVITED, pay_a_stranger_for_an_invite, "gift"),
    (INVITED, pay_for_an_invite_past_the_limit, "gift"),
    (
        "a run with a price is charged exactly once",
        lambda tx: rows.run(tx, "unpaid", price=10),
        "unpaid",
    ),
    (
        "a run with a price is charged exactly once",
        lambda tx: rows.charge(tx, rows.run(tx, "dear", price=10), amount=11),
        "dear",
    ),
    (
        "a run with a price is charged exactly once",
        lambda tx: rows.charge(tx, rows.run(tx, "gratis"), amount=1),
        "gratis",
    ),
    ("a refund gives back what was charged, once", give_back_too_much, "failed"),
    ("a refund gives back what was charged, once", give_back_what_nobody_paid, "free"),
    (
        "a run marked as given back was",
        lambda tx: tx.runs.mark_refunded("queued"),
        "queued",
    ),
    (
        "a run marked as given back was",
        lambda tx: set_run(tx, "failed", refunded=False),
        "failed",
    ),
    ("a failed run is given back", lambda tx: set_run(tx, "answered", status="failed"), "answered"),
    ("a failed run is given back", lambda tx: set_run(tx, "free", status="failed"), "free"),
    (
        "a run that answered keeps its charge",
        lambda tx: tx.runs.mark_refunded("answered"),
        "answered",
    ),
    (
        "a run that ended says so everywhere",
        lambda tx: set_run(tx, "answered", ended_at=None),
        "answered",
    ),
    (
        "a run that ended says so everywhere",
        lambda tx: set_run(tx, "queued", ended_at=ENDED_AT),
        "queued",
    ),
    ("a run that waits for its user has an open approval", decide_and_forget, "waiting"),
    ("a purchase is booked as it stands", refund_twice, "bought"),
    ("a purchase is booked as it stands", lambda tx: set_purchase(tx, points=11), "bought"),
    ("what a purchase brought belongs to its buyer", book_without_a_purchase, "gift"),
    ("what a purchase brought belongs to its buyer", book_anothers_purchase, "gift"),
    (
        "what Apple took back is taken, forgiven, or under review",
        lambda tx: set_purchase(tx, revoked_share=50_000),
        "bought",
    ),
    (
        "what Apple took back is taken, forgiven, or under review",
        lambda tx: set_purchase(tx, forgiven=1),
        "bought",
    ),
    (
        "a starter pack is claimed by what was granted",
        lambda tx: tx.purchases.claim_starter(b"nobody", "bought", 1),
        "bought",
    ),
]


def test_sound_books_have_no_findings(tx: Transaction) -> None:
    assert findings(tx) == []


def test_every_rule_has_a_planted_violation() -> None:
    assert {rule for rule, _, _ in PLANTED} == set(RULES)


@pytest.mark.parametrize(("rule", "plant", "subject"), PLANTED)
def test_a_rule_finds_its_violation(tx: Transaction, rule: str, plant: Plant, subject: str) -> None:
    plant(tx)

    found = [(finding.rule, finding.subject) for finding in findings(tx)]

    assert (rule, subject) in found


def test_a_finding_says_what_is_wrong(tx: Transaction) -> None:
    rows.run(tx, "unpaid", price=10)

    assert findings(tx) == [
        Finding("a run with a price is charged exactly once", "unpaid", "price 10, charged 0")
    ]


def test_a_run_whose_calls_were_answered_by_another_run_needs_no_open_approval(
    tx: Transaction,
) -> None:
    decide_and_forget(tx)
    tx.tool_calls.continued("waiting", by="next")

    assert findings(tx) == []


# --- what depends on the time ------------------------------------------------------------------


def drop_the_archive(tx: Transaction) -> None:
    assert tx.logs.drop_before(NEVER) == 4


def test_a_log_that_was_to_be_kept_is_missed(tx: Transaction) -> None:
    drop_the_archive(tx)

    missed = findings(tx, kept_since=ENDED_AT - 1)

    assert {finding.rule for finding in missed} == {"a run that ended has its log"}
    assert {finding.subject for finding in missed} == {"answered", "failed", "free", "waiting"}


def test_a_log_that_was_old_enough_to_go_is_not_missed(tx: Transaction) -> None:
    drop_the_archive(tx)

    assert findings(tx, kept_since=ENDED_AT) == []


def test_a_run_that_nobody_takes_is_overdue(tx: Transaction) -> None:
    assert findings(tx, overdue=100) == []

    (late,) = findings(tx, overdue=101)

    assert (late.rule, late.subject) == ("every charged run has an ending", "queued")


def test_a_run_whose_worker_died_long_ago_is_overdue(tx: Transaction) -> None:
    rows.claim(tx, "w", most=1, now=150, lease=250)
    assert findings(tx, overdue=400) == []

    (late,) = findings(tx, overdue=401)

    assert (late.subject, late.detail) == ("queued", "running")


def test_archives_are_listed(tx: Transaction) -> None:
    assert tx.audit.archived_run_ids() == ["answered", "failed", "free", "waiting"]
