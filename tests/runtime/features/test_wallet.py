"""The wallet against a model of it: runs, refunds, grants, invites, corrections, in any order."""

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import Connection

from runtime.errors import Code, Problem
from runtime.features.points.wallet import PointsWallet
from runtime.ids import Ids
from storage.sql.runs import Ending, RunRow, RunStatus
from storage.sql.transaction import Transaction
from tests.storage import rows
from tests.support.clock import StillClock
from tests.support.seeded import empty_database

USERS = ("ann", "ben", "cho")
OWNERS = st.sampled_from(USERS)
FAR = 2**62
ENDINGS = st.sampled_from([RunStatus.SUCCEEDED, RunStatus.FAILED])


@dataclass
class Paid:
    """A run as the model knows it."""

    row: RunRow
    given_back: bool = False
    ended: bool = False


class Wallets(RuleBasedStateMachine):
    """Whatever happens to points, by the same calls as the server makes."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = itertools.count(1)
        self.connection: Connection = empty_database()
        self.tx = Transaction(self.connection)
        self.clock = StillClock()
        self.wallet = PointsWallet(clock=self.clock, ids=Ids(self.clock))
        self.balances = dict.fromkeys(USERS, 0)
        self.entries = dict.fromkeys(USERS, 0)
        self.runs: list[Paid] = []
        self.numbers = itertools.count(1)
        for name in USERS:
            rows.user(self.tx, name)
            rows.session(self.tx, f"of-{name}", owner=name)

    def book(self, owner: str, amount: int) -> None:
        self.balances[owner] += amount
        self.entries[owner] += 1

    @rule(seconds=st.sampled_from([-5.0, 0.0, 0.000001, 3.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.clock.move(seconds)

    @rule(owner=OWNERS, price=st.integers(0, 40))
    def admit(self, owner: str, price: int) -> None:
        name = f"r{next(self.numbers)}"
        savepoint = self.connection.begin_nested()
        run = rows.run(
            self.tx, name, session_id=f"of-{owner}", user_id=owner, price=price, root_run_id=name
        )
        if price > self.balances[owner]:
            with pytest.raises(Problem) as refused:
                self.wallet.charge(self.tx, run)
            savepoint.rollback()
            assert refused.value.code is Code.POINTS_INSUFFICIENT_BALANCE
            assert refused.value.members == {"balance": self.balances[owner], "price": price}
            return
        balance = self.wallet.charge(self.tx, run)
        savepoint.commit()
        if price:
            self.book(owner, -price)
        assert balance == self.balances[owner]
        self.runs.append(Paid(run))

    @precondition(lambda self: self.runs)
    @rule(data=st.data(), status=ENDINGS)
    def finish(self, data: st.DataObject, status: RunStatus) -> None:
        paid = data.draw(st.sampled_from(self.runs))
        if paid.ended:
            return
        rows.settled(self.tx, paid.row, Ending(status=status, showed_text=False))
        paid.ended = True
        if status is RunStatus.FAILED:
            self.give_back(paid)

    @precondition(lambda self: any(paid.given_back for paid in self.runs))
    @rule(data=st.data())
    def give_back_again(self, data: st.DataObject) -> None:
        self.give_back(data.draw(st.sampled_from([p for p in self.runs if p.given_back])))

    def give_back(self, paid: Paid) -> None:
        self.wallet.give_back(self.tx, paid.row)
        if not paid.given_back and paid.row.price:
            self.book(paid.row.user_id, paid.row.price)
        paid.given_back = True

    @rule(owner=OWNERS, amount=st.integers(1, 100))
    def grant(self, owner: str, amount: int) -> None:
        self.book(owner, amount)
        assert self.wallet.grant(self.tx, owner, amount, "kindness") == self.balances[owner]

    @rule(owner=OWNERS, balance=st.integers(0, 100))
    def correct(self, owner: str, balance: int) -> None:
        if balance != self.balances[owner]:
            self.book(owner, balance - self.balances[owner])
        assert self.wallet.correct(self.tx, owner, balance, None) == balance

    @rule(pair=st.permutations(USERS), amount=st.integers(0, 30))
    def invite(self, pair: list[str], amount: int) -> None:
        name = f"i{next(self.numbers)}"
        for owner, kind in ((pair[0], "invite"), (pair[1], "invited")):
            self.wallet.reward(self.tx, owner, amount, kind=kind, invite=name)
            if amount:
                self.book(owner, amount)

    @invariant()
    def balances_are_the_models(self) -> None:
        found = {name: self.wallet.balance(self.tx, name) for name in USERS}
        assert found == self.balances
        assert min(found.values()) >= 0

    @invariant()
    def every_movement_is_one_entry_later_than_the_one_before(self) -> None:
        for name in USERS:
            times = [e.created_at for e in self.tx.points.page(name, before=FAR, limit=1_000)]
            assert len(times) == self.entries[name]
            assert times == sorted(set(times), reverse=True)

    @invariant()
    def the_audit_agrees(self) -> None:
        """Asked now and then, and at the end: what it finds wrong does not come right by itself."""
        if next(self.steps) % 6 == 0:
            assert self.tx.audit.findings(kept_since=FAR, overdue=0) == []

    def teardown(self) -> None:
        assert self.tx.audit.findings(kept_since=FAR, overdue=0) == []
        self.connection.close()


TestWallets = Wallets.TestCase
TestWallets.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
