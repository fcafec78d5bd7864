"""What is sold and how it is booked, from the settings; nothing started."""

from collections.abc import Sequence
from dataclasses import dataclass

from runtime.clock import Clock
from runtime.features.payments.books import PurchaseBooks
from runtime.features.payments.service import Payments
from runtime.features.payments.setup import api_from, apple_from, catalogue_of
from runtime.features.payments.terms import Terms
from runtime.features.points.wallet import PointsWallet
from runtime.ids import Ids
from runtime.settings import Settings
from storage.sql.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentParts:
    """Who takes what Apple signed, and where it is booked."""

    service: Payments
    books: PurchaseBooks


def payments_from(
    settings: Settings,
    *,
    database: Database,
    wallet: PointsWallet,
    identity_keys: Sequence[bytes],
    clock: Clock,
    ids: Ids,
) -> PaymentParts:
    terms = Terms(
        catalogue=catalogue_of(settings),
        environment=settings.apple_environment,
        reviewers=settings.apple_reviewers,
    )
    books = PurchaseBooks(wallet=wallet, terms=terms, clock=clock, ids=ids, keys=identity_keys)
    service = Payments(
        database=database,
        books=books,
        terms=terms,
        clock=clock,
        apple=apple_from(settings, clock),
        api=api_from(settings),
        offline_seconds=settings.apple_offline_hours * 3_600,
    )
    return PaymentParts(service=service, books=books)
