"""A ledger and Apple's words, without HTTP: what the books do with them in whatever order."""

from dataclasses import dataclass, replace

from runtime.errors import Problem
from runtime.features.payments.apple import PRODUCTION, Announcement, Bought
from runtime.features.payments.books import Grant, PurchaseBooks
from runtime.features.payments.catalogue import Package, catalogue_from
from runtime.features.payments.terms import Terms
from runtime.features.points.wallet import PointsWallet
from runtime.ids import Ids
from storage.sql.payment_reviews import ReviewedRow
from storage.sql.sqlite import driver_of
from storage.sql.transaction import Transaction
from storage.sql.users import UserRow
from tests.support.clock import StillClock
from tests.support.seeded import empty_database

KEYS = [b"a key for tests", b"the key before it"]
POINTS = 330


@dataclass(frozen=True)
class Word:
    """What Apple says at some time: how much of the purchase it took back."""

    id: str
    at: int
    share: int

    def about(self, bought: Bought) -> Announcement:
        kind = "REFUND" if self.share else "REFUND_REVERSED"
        return Announcement(
            id=self.id,
            kind=kind,
            environment=bought.environment,
            signed_at=self.at,
            bought=replace(bought, revoked_share=self.share or None),
        )


class Shop:
    """Ann and Ben, one package of 330 points."""

    def __init__(self) -> None:
        self.tx = Transaction(empty_database())
        clock = StillClock()
        ids = Ids(clock)
        self.wallet = PointsWallet(clock=clock, ids=ids)
        terms = Terms(catalogue=catalogue_from(), environment=PRODUCTION, reviewers=())
        self.books = PurchaseBooks(wallet=self.wallet, terms=terms, clock=clock, ids=ids, keys=KEYS)
        self.users = {name: self.join(name) for name in ("ann", "ben")}
        self.package = self.named("points_300")

    def named(self, code: str) -> Package:
        found = catalogue_from().by_code(code)
        assert found is not None
        return found

    def join(self, name: str, address: str = "") -> UserRow:
        user = UserRow(name, address or f"{name}@example.com", 1)
        self.tx.users.add(user)
        self.wallet.open(self.tx, name, signup_points=0)
        return user

    def post(self, name: str, bought: Bought, package: Package | None = None) -> Grant | str:
        """The grant, or the code of the refusal; a refusal leaves nothing, as on the server."""
        driver = driver_of(self.tx.connection)
        driver.execute("SAVEPOINT post")
        try:
            granted = self.books.grant(self.tx, self.users[name], package or self.package, bought)
        except Problem as refused:
            driver.execute("ROLLBACK TO post")
            return refused.code.name
        return granted

    def tell(self, word: Word, bought: Bought) -> str:
        return self.books.hear(self.tx, word.about(bought))

    def spend(self, name: str, points: int) -> bool:
        if self.balance(name) < points:
            return False
        self.wallet.correct(self.tx, name, self.balance(name) - points, "spent")
        return True

    def balance(self, name: str = "ann") -> int:
        return self.wallet.balance(self.tx, name)

    def reviews(self) -> list[ReviewedRow]:
        return self.tx.payment_reviews.list(settled_too=False)

    def findings(self) -> list[str]:
        return [found.rule for found in self.tx.audit.findings(kept_since=0, overdue=0)]


def purchase(name: str = "t1", **changes: object) -> Bought:
    bought = Bought(
        environment=PRODUCTION,
        transaction_id=name,
        product_id="eryao.points.300",
        quantity=1,
        account=None,
        signed_at=1,
        revoked_share=None,
    )
    return replace(bought, **changes)  # type: ignore[arg-type]
