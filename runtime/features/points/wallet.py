"""The users' points, as the run core charges them: see runs.charging.Wallet."""

from runtime.clock import Clock, micros
from runtime.errors import Code, Problem
from runtime.ids import Ids
from runtime.web.identity import account_gone
from storage.errors import AlreadyBooked
from storage.sql.points import EntryRow
from storage.sql.runs import RunRow
from storage.sql.transaction import Transaction


class BalanceTooLow(Exception):
    """A correction or a refund would take the balance below zero."""


class PointsWallet:
    """Books every movement as one row that never changes."""

    def __init__(self, *, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids

    def charge(self, tx: Transaction, run: RunRow) -> int:
        if run.price == 0:
            return self.balance(tx, run.user_id)
        try:
            entry = self._book(tx, run.user_id, -run.price, kind="run", run_id=run.id)
        except AlreadyBooked:
            raise Problem(
                Code.AGENT_PAYLOAD_INVALID,
                "This runId belonged to a run that was forgotten; a new run needs a new runId.",
            ) from None
        if entry is None:
            balance = self._locked(tx, run.user_id)
            raise Problem(
                Code.POINTS_INSUFFICIENT_BALANCE,
                f"This costs {run.price} points; you have {balance}.",
                balance=balance,
                price=run.price,
            )
        return entry.balance_after

    def give_back(self, tx: Transaction, run: RunRow) -> None:
        # The mark decides; the ledger's unique key is the second wall.
        if tx.runs.mark_refunded(run.id) and run.price:
            self._book(tx, run.user_id, run.price, kind="refund", run_id=run.id)

    def balance(self, tx: Transaction, user_id: str) -> int:
        balance = tx.points.balance(user_id)
        if balance is None:
            raise account_gone()
        return balance

    def open(self, tx: Transaction, user_id: str, *, signup_points: int) -> None:
        """A new user's account, with what they start with."""
        tx.points.open(user_id, micros(self._clock.now()))
        if signup_points:
            self._book(tx, user_id, signup_points, kind="signup")

    def grant(self, tx: Transaction, user_id: str, amount: int, note: str | None) -> int:
        entry = self._book(tx, user_id, amount, kind="grant", note=note)
        if entry is None:
            raise account_gone()
        return entry.balance_after

    def reward(self, tx: Transaction, user_id: str, amount: int, *, kind: str, invite: str) -> None:
        """What an invite brings one of its two sides; a second time raises AlreadyBooked."""
        if amount:
            self._book(tx, user_id, amount, kind=kind, invite_id=invite)

    def correct(self, tx: Transaction, user_id: str, balance: int, note: str | None) -> int:
        """Set the balance by an entry of the difference: the ledger is never rewritten."""
        difference = balance - self._locked(tx, user_id)
        if difference:
            self._book(tx, user_id, difference, kind="correction", note=note)
        return balance

    def trade(
        self,
        tx: Transaction,
        user_id: str,
        amount: int,
        *,
        kind: str,
        purchase_id: str,
        cause: str,
        note: str | None = None,
    ) -> None:
        """What a purchase brings, or its refund takes: once for each cause."""
        booked = self._book(
            tx, user_id, amount, kind=kind, note=note, purchase_id=purchase_id, cause=cause
        )
        if booked is None:
            self.balance(tx, user_id)
            raise BalanceTooLow

    def _locked(self, tx: Transaction, user_id: str) -> int:
        balance = tx.points.hold(user_id)
        if balance is None:
            raise account_gone()
        return balance

    def _book(
        self,
        tx: Transaction,
        user_id: str,
        amount: int,
        *,
        kind: str,
        run_id: str | None = None,
        note: str | None = None,
        purchase_id: str | None = None,
        cause: str | None = None,
        invite_id: str | None = None,
    ) -> EntryRow | None:
        return tx.points.move(
            user_id,
            amount,
            entry_id=self._ids.new(),
            kind=kind,
            now=micros(self._clock.now()),
            run_id=run_id,
            note=note,
            purchase_id=purchase_id,
            cause=cause,
            invite_id=invite_id,
        )
