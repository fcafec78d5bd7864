"""What was bought, who had their starter pack, and what Apple told of it.

Whoever touches a purchase takes its row first and the account after it: see `enter`.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, null, select, update

from storage.sql.dialect import insert_new
from storage.sql.schema import apple_notifications, payment_reviews, purchases, starter_claims
from storage.sql.statements import execute


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseRow:
    id: str
    environment: str
    transaction_id: str
    product_id: str
    quantity: int
    user_id: str | None = None
    identity_hash: bytes | None = None
    product_code: str | None = None
    points: int = 0
    granted_at: int | None = None
    revoked_share: int = 0
    told_at: int = 0
    taken: int = 0
    forgiven: int = 0
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AppleNotificationRow:
    id: str
    kind: str
    environment: str
    transaction_id: str | None
    signed_at: int
    received_at: int


_COLUMNS = tuple(column.name for column in purchases.columns)
_NOTICE_COLUMNS = tuple(c.name for c in apple_notifications.columns if c.name != "outcome")
_GET = select(purchases).where(
    purchases.c.environment == bindparam("environment"),
    purchases.c.transaction_id == bindparam("transaction_id"),
)
_LOCK = _GET.with_for_update()
_LOCK_BY_ID = select(purchases).where(purchases.c.id == bindparam("id")).with_for_update()
_GRANT = (
    update(purchases)
    .where(purchases.c.id == bindparam("purchase"), purchases.c.granted_at.is_(None))
    .values(
        user_id=bindparam("owner"),
        identity_hash=bindparam("identity"),
        product_code=bindparam("code"),
        points=bindparam("worth"),
        granted_at=bindparam("now"),
    )
)
_TELL = (
    update(purchases)
    .where(purchases.c.id == bindparam("purchase"), purchases.c.told_at < bindparam("told"))
    .values(revoked_share=bindparam("share"), told_at=bindparam("told"))
)
_BALANCE = (
    update(purchases)
    .where(purchases.c.id == bindparam("purchase"))
    .values(taken=bindparam("new_taken"), forgiven=bindparam("new_forgiven"))
)
_CLAIMED = select(starter_claims.c.purchase_id).where(
    starter_claims.c.identity_hash == bindparam("identity_hash")
)
_CONCLUDE = (
    update(apple_notifications)
    .where(apple_notifications.c.id == bindparam("notification"))
    .values(outcome=bindparam("came_of_it"))
)
_ERASE_REVIEWS = (
    update(payment_reviews)
    .where(
        payment_reviews.c.settled_at.is_(None),
        payment_reviews.c.purchase_id.in_(
            select(purchases.c.id).where(purchases.c.user_id == bindparam("owner"))
        ),
    )
    .values(settled_at=bindparam("now"), settlement="erased")
)
_FORGET = update(purchases).where(purchases.c.user_id == bindparam("owner")).values(user_id=null())


class Purchases:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def enter(self, row: PurchaseRow) -> PurchaseRow:
        """The transaction's row as it stands, made of `row` if there is none; it is locked."""
        statement = insert_new(self._connection, purchases, "environment", "transaction_id")
        execute(self._connection, statement, {name: getattr(row, name) for name in _COLUMNS})
        key = {"environment": row.environment, "transaction_id": row.transaction_id}
        found = execute(self._connection, _LOCK, key).first()
        return _row(found) if found else row

    def get(self, environment: str, transaction_id: str) -> PurchaseRow | None:
        key = {"environment": environment, "transaction_id": transaction_id}
        found = execute(self._connection, _GET, key).first()
        return _row(found) if found else None

    def lock(self, purchase_id: str) -> PurchaseRow:
        found = execute(self._connection, _LOCK_BY_ID, {"id": purchase_id}).first()
        if found is None:
            raise LookupError(purchase_id)
        return _row(found)

    def grant(
        self, purchase_id: str, *, owner: str, identity: bytes, code: str, points: int, now: int
    ) -> None:
        """Whose it is from now on; one that was granted before is left alone."""
        values = {
            "purchase": purchase_id,
            "owner": owner,
            "identity": identity,
            "code": code,
            "worth": points,
            "now": now,
        }
        execute(self._connection, _GRANT, values)

    def tell(self, purchase_id: str, *, share: int, told_at: int) -> bool:
        """Apple's word on how much they took back; False where a later one is known."""
        values = {"purchase": purchase_id, "share": share, "told": told_at}
        return execute(self._connection, _TELL, values).rowcount == 1

    def settle(self, purchase_id: str, *, taken: int, forgiven: int) -> None:
        """How many of its points went back, and how many never will."""
        values = {"purchase": purchase_id, "new_taken": taken, "new_forgiven": forgiven}
        execute(self._connection, _BALANCE, values)

    def claim_starter(self, identity: bytes, purchase_id: str, now: int) -> bool:
        """False where this address has had its starter pack."""
        values = {"identity_hash": identity, "purchase_id": purchase_id, "created_at": now}
        statement = insert_new(self._connection, starter_claims, "identity_hash")
        return execute(self._connection, statement, values).rowcount == 1

    def has_starter(self, identity: bytes) -> bool:
        found = execute(self._connection, _CLAIMED, {"identity_hash": identity})
        return found.first() is not None

    def note(self, notification: AppleNotificationRow) -> bool:
        """False where Apple has told us this before."""
        statement = insert_new(self._connection, apple_notifications, "id")
        values = {name: getattr(notification, name) for name in _NOTICE_COLUMNS}
        return execute(self._connection, statement, values).rowcount == 1

    def conclude(self, notification_id: str, outcome: str) -> None:
        values = {"notification": notification_id, "came_of_it": outcome}
        execute(self._connection, _CONCLUDE, values)

    def forget_person(self, user_id: str, now: int) -> None:
        """Keep what one grant and the tax office need, without whose it was.

        Call it before the user's row goes: what waits for a review has nobody to take from then.
        """
        execute(self._connection, _ERASE_REVIEWS, {"owner": user_id, "now": now})
        execute(self._connection, _FORGET, {"owner": user_id})


def _row(found: tuple[object, ...]) -> PurchaseRow:
    return PurchaseRow(**dict(zip(_COLUMNS, found, strict=True)))  # type: ignore[arg-type]
