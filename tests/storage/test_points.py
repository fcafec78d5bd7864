"""The ledger against a model of it: whatever is booked, by whomever, at whatever time."""

from collections import defaultdict
from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import Connection

from storage.errors import AlreadyBooked, Taken
from storage.sql.points import EntryRow
from storage.sql.transaction import Transaction
from tests.storage import rows
from tests.support.seeded import empty_database

FAR = 2**62
USERS = ("ann", "ben", "cho")
AMOUNTS = st.integers(-60, 60) | st.sampled_from([-(2**40), 2**40])


@pytest.fixture
def tx(fresh: Connection) -> Transaction:
    """Ann has 100 points."""
    tx = Transaction(fresh)
    rows.user(tx, points=100)
    return tx


def move(tx: Transaction, amount: int, entry: str = "e1", **more: Any) -> EntryRow | None:
    return tx.points.move("ann", amount, entry_id=entry, **{"kind": "grant", "now": 50, **more})


def test_a_movement_is_a_row_with_the_balance_that_it_left(tx: Transaction) -> None:
    booked = move(tx, -30, kind="run", run_id="r1", note="a reading")

    expected = EntryRow("e1", "ann", "run", -30, 70, "r1", "a reading", 50)
    assert booked == tx.points.entry_of_run("r1", "run") == expected
    assert tx.points.balance("ann") == 70


def test_the_last_point_may_be_spent(tx: Transaction) -> None:
    assert move(tx, -100) is not None

    assert tx.points.balance("ann") == 0


def test_what_would_overdraw_books_nothing(tx: Transaction) -> None:
    before = tx.points.page("ann", before=FAR, limit=10)

    assert move(tx, -101) is None

    assert tx.points.balance("ann") == 100
    assert tx.points.page("ann", before=FAR, limit=10) == before


def test_a_stranger_has_no_points_to_move(tx: Transaction) -> None:
    assert tx.points.balance("nobody") is None
    assert tx.points.move("nobody", 5, entry_id="e1", kind="grant", now=1) is None


def test_a_run_has_no_second_charge(tx: Transaction) -> None:
    move(tx, -10, "e1", kind="run", run_id="r1")

    with pytest.raises(AlreadyBooked):
        move(tx, -10, "e2", kind="run", run_id="r1")

    assert move(tx, 10, "e3", kind="refund", run_id="r1") is not None


def test_a_purchase_moves_points_once_for_each_cause(tx: Transaction) -> None:
    of_purchase = {"purchase_id": "p1", "cause": "grant"}
    move(tx, 10, "e1", kind="purchase", **of_purchase)

    with pytest.raises(Taken):
        move(tx, 10, "e2", kind="purchase", **of_purchase)

    assert move(tx, 10, "e3", kind="purchase", **{**of_purchase, "purchase_id": "p2"}) is not None
    assert move(tx, -10, "e4", kind="purchase", **{**of_purchase, "cause": "n1"}) is not None


def test_an_invite_brings_each_side_something_once(tx: Transaction) -> None:
    rows.user(tx, "ben")
    entry = move(tx, 5, "e1", kind="invite", invite_id="i1")
    tx.points.move("ben", 5, entry_id="e2", kind="invited", now=50, invite_id="i1")

    with pytest.raises(AlreadyBooked):
        move(tx, 5, "e3", kind="invite", invite_id="i1")

    assert tx.points.entry_of_invite("i1", "invite") == entry
    assert tx.points.entry_of_invite("i2", "invite") is None


def test_nothing_is_booked_on_a_closed_account(tx: Transaction) -> None:
    tx.points.close("ann")

    assert move(tx, 5) is None
    assert tx.points.hold("ann") is None


def test_a_runs_entries_are_told_apart_by_their_kind(tx: Transaction) -> None:
    charge = move(tx, -10, "e1", kind="run", run_id="r1")

    assert tx.points.entry_of_run("r1", "run") == charge
    assert tx.points.entry_of_run("r1", "refund") is None
    assert tx.points.entry_of_run("r2", "run") is None


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_pages_show_every_entry_once_the_newest_first(tx: Transaction, limit: int) -> None:
    rows.user(tx, "ben", points=5)
    for number in range(20):
        move(tx, 1, f"e{number}", now=50 + number // 5)

    shown: list[EntryRow] = []
    before = FAR
    while page := tx.points.page("ann", before=before, limit=limit):
        assert len(page) <= limit
        shown += page
        before = page[-1].created_at

    assert [entry.id for entry in shown] == [f"e{n}" for n in reversed(range(20))] + ["ann-grant"]
    assert [entry.balance_after for entry in shown] == list(range(120, 99, -1))


class Ledger(RuleBasedStateMachine):
    """Users book at random; the clock runs, stands still, and is set back."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = count(1)
        self.connection: Connection = empty_database()
        self.tx = Transaction(self.connection)
        self.booked: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self.now = 1_000
        self.entries = 0
        for name in USERS:
            rows.user(self.tx, name)

    def balance(self, owner: str) -> int:
        return sum(amount for _, amount in self.booked[owner])

    @rule(step=st.sampled_from([-10_000_000, -3, 0, 0, 1, 2, 1_000]))
    def let_time_pass(self, step: int) -> None:
        self.now += step

    @rule(owner=st.sampled_from(USERS), amount=AMOUNTS)
    def move(self, owner: str, amount: int) -> None:
        self.entries += 1
        name = f"e{self.entries}"
        entry = self.tx.points.move(owner, amount, entry_id=name, kind="grant", now=self.now)
        allowed = self.balance(owner) + amount >= 0
        assert (entry is not None) == allowed
        if entry is not None:
            self.booked[owner].append((name, amount))
            assert (entry.amount, entry.balance_after) == (amount, self.balance(owner))
            assert entry.created_at >= self.now

    @invariant()
    def the_balance_is_what_was_booked_and_never_negative(self) -> None:
        for owner in USERS:
            assert self.tx.points.balance(owner) == self.balance(owner) >= 0

    @invariant()
    def each_entry_starts_where_the_one_before_it_ended(self) -> None:
        for owner in USERS:
            shown = self.tx.points.page(owner, before=FAR, limit=1_000)[::-1]
            assert [(entry.id, entry.amount) for entry in shown] == self.booked[owner]
            times = [entry.created_at for entry in shown]
            assert times == sorted(set(times))
            before = 0
            for entry in shown:
                assert entry.balance_after == before + entry.amount
                before = entry.balance_after

    @invariant()
    def the_audit_agrees(self) -> None:
        """Asked now and then, and at the end: what it finds wrong does not come right by itself."""
        if next(self.steps) % 6 == 0:
            assert self.tx.audit.findings(kept_since=0, overdue=0) == []

    def teardown(self) -> None:
        assert self.tx.audit.findings(kept_since=0, overdue=0) == []
        self.connection.close()


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
