"""From Apple's signed words to points: what is asked in which order is in docs/payments.md."""

from dataclasses import dataclass

from runtime.clock import SECOND, Clock, micros
from runtime.errors import Code, Problem
from runtime.features.payments.apple import Apple, Bought, check_form
from runtime.features.payments.apple_api import AppleApi, unavailable
from runtime.features.payments.books import Grant, PurchaseBooks
from runtime.features.payments.catalogue import Package
from runtime.features.payments.terms import Terms
from runtime.web.identity import account_gone
from storage.crashpoints import crashpoint, register
from storage.errors import StorageUnavailable
from storage.sql.database import Database
from storage.sql.purchases import PurchaseRow
from storage.sql.transaction import Transaction
from storage.sql.users import UserRow

register("purchase.committed", "refund.committed")


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store knows before Apple is asked."""

    buyer: UserRow
    purchase: PurchaseRow | None
    # The grant that this user has already had for it.
    grant: Grant | None


class Payments:
    """Takes what Apple signed; without Apple's certificates it sells nothing."""

    def __init__(
        self,
        *,
        database: Database,
        books: PurchaseBooks,
        terms: Terms,
        clock: Clock,
        apple: Apple | None,
        api: AppleApi | None,
        offline_seconds: float,
    ) -> None:
        self._database = database
        self._books = books
        self._terms = terms
        self._clock = clock
        self._apple = apple
        self._api = api
        self._offline_seconds = offline_seconds

    async def packages(self, user_id: str) -> list[Package]:
        """What this user may buy."""
        if self._apple is None:
            return []
        starter = await self._database.read(self._may_start, user_id)
        return [each for each in self._terms.catalogue.on_sale if starter or not each.starter]

    async def redeem(self, user_id: str, code: str, signed: str) -> Grant:
        """The points of a purchase, however often and from wherever it is sent."""
        apple = self._required(signed)
        bought = await apple.transaction(signed)
        try:
            return await self._redeem(apple, user_id, code, bought)
        except StorageUnavailable:
            raise Problem(
                Code.PAYMENT_GRANT_FAILED, "The purchase is genuine; its points are not booked yet."
            ) from None

    async def _redeem(self, apple: Apple, user_id: str, code: str, bought: Bought) -> Grant:
        known = await self._database.read(self._look, user_id, bought)
        # The package may have left the shelf since: a repeat is answered as the first one was.
        if known.grant and _repeats(known.grant, code, bought):
            return known.grant
        package = self._terms.package(code, bought)
        self._terms.check(bought, known.buyer)
        if not _is_decided(known.purchase):
            await self._confirm(apple, bought, known.buyer)
        granted = await self._database.run(self._books.grant, known.buyer, package, bought)
        crashpoint("purchase.committed")
        return granted

    async def hear(self, signed: str) -> str:
        """Take a notification of Apple's; what came of it."""
        told = await self._required(signed).announcement(signed)
        self._terms.check_environment(told.environment)
        outcome = await self._database.run(self._books.hear, told)
        crashpoint("refund.committed")
        return outcome

    async def _confirm(self, apple: Apple, bought: Bought, buyer: UserRow) -> None:
        """Apple's own word on a purchase that is new to us."""
        if self._api is None:
            oldest = micros(self._clock.now()) - int(self._offline_seconds * SECOND)
            if bought.signed_at < oldest:
                raise unavailable("The signature is old, and Apple cannot be asked about it.")
            return
        signed = await self._api.signed_transaction(bought.environment, bought.transaction_id)
        fresh = await apple.transaction(signed)
        if _identity(fresh) != _identity(bought):
            raise Problem(
                Code.PAYMENT_TRANSACTION_INVALID, "Apple knows this transaction as another one."
            )
        self._terms.check(fresh, buyer)

    def _look(self, tx: Transaction, user_id: str, bought: Bought) -> _Known:
        buyer = self._buyer(tx, user_id)
        purchase = tx.purchases.get(bought.environment, bought.transaction_id)
        is_mine = purchase is not None and purchase.user_id == user_id
        if purchase is None or not is_mine or purchase.revoked_share:
            return _Known(buyer, purchase, None)
        return _Known(buyer, purchase, self._books.repeated(tx, purchase, buyer))

    def _may_start(self, tx: Transaction, user_id: str) -> bool:
        return self._books.is_eligible_for_starter(tx, self._buyer(tx, user_id))

    def _buyer(self, tx: Transaction, user_id: str) -> UserRow:
        buyer = tx.users.get(user_id)
        if buyer is None:
            raise account_gone()
        return buyer

    def _required(self, signed: str) -> Apple:
        if self._apple is None:
            check_form(signed)
            raise unavailable("Payments are not set up on this server.")
        return self._apple


def _repeats(grant: Grant, code: str, bought: Bought) -> bool:
    return grant.purchase.product_code == code and bought.revoked_share is None


def _is_decided(purchase: PurchaseRow | None) -> bool:
    """Whether the books alone answer: it was granted, or Apple has told that they took it back."""
    return purchase is not None and (purchase.granted_at is not None or purchase.revoked_share > 0)


def _identity(bought: Bought) -> tuple[object, ...]:
    return bought.environment, bought.transaction_id, bought.product_id, bought.quantity
