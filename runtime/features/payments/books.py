"""Purchases and their points, within one transaction: granted once, taken back, given again."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from runtime.clock import Clock, micros
from runtime.errors import Code, Problem
from runtime.features.payments.apple import SANDBOX, WHOLE, Announcement, Bought
from runtime.features.payments.catalogue import Package
from runtime.features.payments.terms import Terms, conflict, revoked
from runtime.features.points.identity import identity_hash, identity_hashes
from runtime.features.points.wallet import BalanceTooLow, PointsWallet
from runtime.ids import Ids
from storage.crashpoints import crashpoint, register
from storage.sql.payment_reviews import ReviewRow, Settlement
from storage.sql.purchases import AppleNotificationRow, PurchaseRow
from storage.sql.transaction import Transaction
from storage.sql.users import UserRow

register("purchase.entered", "purchase.booked", "refund.booked")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a purchase brought its user."""

    purchase: PurchaseRow
    balance: int


class PurchaseBooks:
    """Every change of a purchase locks its row first and the account last."""

    def __init__(
        self, *, wallet: PointsWallet, terms: Terms, clock: Clock, ids: Ids, keys: Sequence[bytes]
    ) -> None:
        self._wallet = wallet
        self._terms = terms
        self._clock = clock
        self._ids = ids
        self._keys = keys

    # --- granting ---------------------------------------------------------------------------

    def grant(self, tx: Transaction, buyer: UserRow, package: Package, bought: Bought) -> Grant:
        """Its points, once; whoever asks again for the same user is told of the same grant."""
        purchase = tx.purchases.enter(self._row(bought))
        crashpoint("purchase.entered")
        if purchase.granted_at is not None:
            return self.repeated(tx, purchase, buyer)
        if purchase.revoked_share:
            raise revoked()
        if package.starter:
            self._claim_starter(tx, buyer, purchase)
        now = self._now()
        tx.purchases.grant(
            purchase.id,
            owner=buyer.id,
            identity=identity_hash(self._keys[0], buyer.email),
            code=package.code,
            points=(package.points + package.bonus) * bought.quantity,
            now=now,
        )
        granted = tx.purchases.lock(purchase.id)
        self._book(tx, granted, granted.points, kind="purchase", cause="grant")
        crashpoint("purchase.booked")
        return Grant(purchase=granted, balance=self._wallet.balance(tx, buyer.id))

    def repeated(self, tx: Transaction, purchase: PurchaseRow, buyer: UserRow) -> Grant:
        """The grant as it was made, if it was this user's and still stands."""
        if purchase.user_id != buyer.id:
            raise conflict()
        if purchase.revoked_share:
            raise revoked()
        return Grant(purchase=purchase, balance=self._wallet.balance(tx, buyer.id))

    def is_eligible_for_starter(self, tx: Transaction, buyer: UserRow) -> bool:
        hashes = identity_hashes(self._keys, buyer.email)
        return not any(tx.purchases.has_starter(each) for each in hashes)

    def _claim_starter(self, tx: Transaction, buyer: UserRow, purchase: PurchaseRow) -> None:
        # What was claimed under an earlier key is settled; the newest one decides between two.
        identity, *earlier = identity_hashes(self._keys, buyer.email)
        had = purchase.quantity > 1 or any(tx.purchases.has_starter(each) for each in earlier)
        if had or not tx.purchases.claim_starter(identity, purchase.id, self._now()):
            raise Problem(
                Code.PAYMENT_STARTER_PACK_INELIGIBLE,
                "The starter pack is sold once, one piece, to each address.",
            )

    # --- what Apple tells -------------------------------------------------------------------

    def hear(self, tx: Transaction, told: Announcement) -> str:
        """Store a notification and do what it asks, once; what came of it."""
        row = AppleNotificationRow(
            id=told.id,
            kind=told.kind,
            environment=told.environment,
            transaction_id=told.bought.transaction_id if told.bought else None,
            signed_at=told.signed_at,
            received_at=self._now(),
        )
        if not tx.purchases.note(row):
            return "repeated"
        outcome = self._follow(tx, told)
        tx.purchases.conclude(told.id, outcome)
        return outcome

    def _follow(self, tx: Transaction, told: Announcement) -> str:
        if told.bought is None:
            return "tested" if told.kind == "TEST" else "kept"
        match told.kind:
            case "REFUND" | "REVOKE":
                share = told.bought.revoked_share
                return self._reckon(tx, told, told.bought, WHOLE if share is None else share)
            case "REFUND_REVERSED":
                return self._reckon(tx, told, told.bought, 0)
            case "ONE_TIME_CHARGE":
                return self._charged(tx, told.bought)
        return "kept"

    def _charged(self, tx: Transaction, bought: Bought) -> str:
        """Grant what the app may never come to tell of; else it is left to the app."""
        buyer = tx.users.get(bought.account) if bought.account else None
        package = self._terms.catalogue.by_product(bought.product_id)
        if buyer is None or package is None:
            return "left to the app"
        try:
            self._terms.check(bought, buyer)
            self.grant(tx, buyer, package, bought)
        except Problem as refused:  # before anything but the bare row was written
            if refused.code.area != "payment":
                raise
            return refused.code.name
        return "granted"

    def _reckon(self, tx: Transaction, told: Announcement, bought: Bought, share: int) -> str:
        """Have as many points taken back as Apple's latest word says, in whatever order it came."""
        purchase = tx.purchases.enter(self._row(bought))
        if not tx.purchases.tell(purchase.id, share=share, told_at=told.signed_at):
            return "overtaken"
        if share == purchase.revoked_share:
            return "unchanged"
        if purchase.granted_at is None or purchase.user_id is None:
            return "noted"
        # What is under review is open again: this word is about the whole of the purchase.
        tx.payment_reviews.supersede(purchase.id, self._now())
        target = purchase.points * share // WHOLE
        due = target - purchase.taken - purchase.forgiven
        if due > 0:
            return self._take(tx, purchase, due, told.id)
        restored = min(-due, purchase.taken)
        taken = purchase.taken - restored
        self._book(tx, purchase, restored, kind="purchase_restored", cause=told.id)
        tx.purchases.settle(purchase.id, taken=taken, forgiven=target - taken)
        return "restored"

    def _take(self, tx: Transaction, purchase: PurchaseRow, due: int, cause: str) -> str:
        try:
            self._book(tx, purchase, -due, kind="purchase_refund", cause=cause)
        except BalanceTooLow:
            return self._set_aside(tx, purchase, due)
        tx.purchases.settle(purchase.id, taken=purchase.taken + due, forgiven=purchase.forgiven)
        crashpoint("refund.booked")
        return "refunded"

    def _set_aside(self, tx: Transaction, purchase: PurchaseRow, due: int) -> str:
        """The points were spent: nothing is taken, a person decides."""
        review = ReviewRow(
            id=self._ids.new(), purchase_id=purchase.id, points=due, opened_at=self._now()
        )
        tx.payment_reviews.open(review)
        code = Code.PAYMENT_REFUND_INSUFFICIENT_BALANCE
        log.warning(
            "a refund waits for a review",
            extra={"code": code.name, "user_id": purchase.user_id, "amount": due},
        )
        return code.name

    # --- reviews ----------------------------------------------------------------------------

    def settle(self, tx: Transaction, review_id: str, how: Settlement) -> PurchaseRow:
        """A person's decision on a refund of points that were spent."""
        review = tx.payment_reviews.get(review_id)
        if review is None:
            raise LookupError(f"There is no review {review_id}.")
        purchase = tx.purchases.lock(review.purchase_id)
        if not tx.payment_reviews.close(review_id, how, self._now()):
            raise LookupError(f"The review {review_id} was settled before.")
        taken, forgiven = purchase.taken, purchase.forgiven
        if how is Settlement.TAKEN:
            self._take_reviewed(tx, purchase, review)
            taken += review.points
        else:
            forgiven += review.points
        tx.purchases.settle(purchase.id, taken=taken, forgiven=forgiven)
        return tx.purchases.lock(purchase.id)

    def _take_reviewed(self, tx: Transaction, purchase: PurchaseRow, review: ReviewRow) -> None:
        try:
            self._book(tx, purchase, -review.points, kind="purchase_refund", cause=review.id)
        except BalanceTooLow:
            raise Problem(
                Code.PAYMENT_REFUND_INSUFFICIENT_BALANCE,
                f"{review.points} points are to be taken, and the user has fewer.",
            ) from None

    # --- within -----------------------------------------------------------------------------

    def _book(
        self, tx: Transaction, purchase: PurchaseRow, amount: int, *, kind: str, cause: str
    ) -> None:
        if amount == 0 or purchase.user_id is None:
            return
        note = SANDBOX if purchase.environment == SANDBOX else None
        self._wallet.trade(
            tx,
            purchase.user_id,
            amount,
            kind=kind,
            purchase_id=purchase.id,
            cause=cause,
            note=note,
        )

    def _row(self, bought: Bought) -> PurchaseRow:
        return PurchaseRow(
            id=self._ids.new(),
            environment=bought.environment,
            transaction_id=bought.transaction_id,
            product_id=bought.product_id,
            quantity=bought.quantity,
            created_at=self._now(),
        )

    def _now(self) -> int:
        return micros(self._clock.now())


def forget_buyer(tx: Transaction, user_id: str, now: int) -> None:
    """See runtime.features.profile.erasure.Parting."""
    tx.purchases.forget_person(user_id, now)
