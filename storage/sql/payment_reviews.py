"""Refunds that a person has to look at, as the points were spent."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from storage.sql.schema import payment_reviews, purchases, users
from storage.sql.statements import execute


class Settlement(StrEnum):
    TAKEN = "taken"
    FORGIVEN = "forgiven"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    id: str
    purchase_id: str
    points: int
    opened_at: int
    settled_at: int | None = None
    settlement: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedRow(ReviewRow):
    """A review as a person wants to see it."""

    environment: str
    transaction_id: str
    product_code: str | None
    user_id: str | None
    email: str | None


_COLUMNS = tuple(column.name for column in payment_reviews.columns)
_OPEN = insert(payment_reviews)
_GET = select(payment_reviews).where(payment_reviews.c.id == bindparam("id"))
_CLOSE = (
    update(payment_reviews)
    .where(payment_reviews.c.id == bindparam("review"), payment_reviews.c.settled_at.is_(None))
    .values(settled_at=bindparam("now"), settlement=bindparam("how"))
)
_SUPERSEDE = (
    update(payment_reviews)
    .where(
        payment_reviews.c.purchase_id == bindparam("purchase"),
        payment_reviews.c.settled_at.is_(None),
    )
    .values(settled_at=bindparam("now"), settlement=bindparam("how"))
)
_LIST = (
    select(
        *(payment_reviews.c[name] for name in _COLUMNS),
        purchases.c.environment,
        purchases.c.transaction_id,
        purchases.c.product_code,
        purchases.c.user_id,
        users.c.email,
    )
    .join(purchases, purchases.c.id == payment_reviews.c.purchase_id)
    .outerjoin(users, users.c.id == purchases.c.user_id)
    .where(or_(payment_reviews.c.settled_at.is_(None), bindparam("settled_too") == 1))
    .order_by(payment_reviews.c.opened_at, payment_reviews.c.id)
)
_LISTED = (*_COLUMNS, "environment", "transaction_id", "product_code", "user_id", "email")


class PaymentReviews:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self, row: ReviewRow) -> None:
        execute(self._connection, _OPEN, {name: getattr(row, name) for name in _COLUMNS})

    def get(self, review_id: str) -> ReviewRow | None:
        found = execute(self._connection, _GET, {"id": review_id}).first()
        return ReviewRow(**dict(zip(_COLUMNS, found, strict=True))) if found else None

    def close(self, review_id: str, how: Settlement, now: int) -> bool:
        """False where it was settled before."""
        values = {"review": review_id, "how": how.value, "now": now}
        return execute(self._connection, _CLOSE, values).rowcount == 1

    def supersede(self, purchase_id: str, now: int) -> None:
        """Close what is open for this purchase: Apple has spoken again."""
        how = Settlement.SUPERSEDED.value
        execute(self._connection, _SUPERSEDE, {"purchase": purchase_id, "how": how, "now": now})

    def list(self, *, settled_too: bool) -> list[ReviewedRow]:
        rows = execute(self._connection, _LIST, {"settled_too": int(settled_too)})
        return [ReviewedRow(**dict(zip(_LISTED, row, strict=True))) for row in rows]
