"""HTTP for payments: what is on sale, what was bought, what Apple tells."""

from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from runtime.clock import stamp
from runtime.errors import Code
from runtime.features.payments.books import Grant
from runtime.features.payments.service import Payments
from runtime.web.identity import require_user
from runtime.web.operation import Json, Operation
from runtime.web.parsing import Wire, read_json

# Apple's are a tenth of this; what is longer need not be looked at.
LONGEST = 65_536


class PackageView(Wire):
    """One thing on sale; a piece of it brings `points` and `bonus`."""

    product_code: str
    apple_product_id: str
    points: int
    bonus: int
    starter: bool
    price: str


class PackageList(Wire):
    items: list[PackageView]


class AppleTransaction(Wire):
    """What StoreKit 2 hands out after a purchase."""

    product_code: Annotated[str, Field(min_length=1, max_length=40)]
    signed_transaction: Annotated[str, Field(max_length=LONGEST)]


class GrantView(Wire):
    """What the purchase brought; the same for every copy of it, the balance as it is now."""

    purchase_id: str
    transaction_id: str
    product_code: str
    environment: str
    quantity: int
    points: int
    granted_at: str
    balance: int


class AppleNotification(Wire):
    signed_payload: Annotated[str, Field(max_length=LONGEST)]


class Heard(Wire):
    """What came of the notification; Apple reads the status alone."""

    outcome: str


_GRANT_PROBLEMS = (
    Code.REQUEST_VALIDATION_ERROR,
    Code.AUTH_USER_NOT_FOUND,
    Code.PAYMENT_PRODUCT_NOT_FOUND,
    Code.PAYMENT_PRODUCT_MISMATCH,
    Code.PAYMENT_ENVIRONMENT_MISMATCH,
    Code.PAYMENT_TRANSACTION_INVALID,
    Code.PAYMENT_TRANSACTION_REVOKED,
    Code.PAYMENT_TRANSACTION_CONFLICT,
    Code.PAYMENT_STARTER_PACK_INELIGIBLE,
    Code.PAYMENT_APPLE_UNAVAILABLE,
    Code.PAYMENT_GRANT_FAILED,
)
_HEAR_PROBLEMS = (
    Code.REQUEST_VALIDATION_ERROR,
    Code.PAYMENT_ENVIRONMENT_MISMATCH,
    Code.PAYMENT_TRANSACTION_INVALID,
    Code.PAYMENT_APPLE_UNAVAILABLE,
)


class PaymentRoutes:
    """The calls under /payments."""

    def __init__(self, *, payments: Payments) -> None:
        self._payments = payments

    async def packages(self, request: Request) -> Response:
        found = await self._payments.packages(require_user(request).id)
        views = [
            PackageView(product_code=package.code, **package.model_dump(exclude=_NOT_SHOWN))
            for package in found
        ]
        return Json(PackageList(items=views))

    async def redeem(self, request: Request) -> Response:
        user_id = require_user(request).id
        ask = await read_json(request, AppleTransaction, invalid=Code.REQUEST_VALIDATION_ERROR)
        grant = await self._payments.redeem(user_id, ask.product_code, ask.signed_transaction)
        return Json(_view(grant))

    async def hear(self, request: Request) -> Response:
        told = await read_json(request, AppleNotification, invalid=Code.REQUEST_VALIDATION_ERROR)
        return Json(Heard(outcome=await self._payments.hear(told.signed_payload)))

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "GET",
                "/payments/packages",
                self.packages,
                summary="What is on sale to this user",
                gives=PackageList,
                problems=(Code.AUTH_USER_NOT_FOUND,),
                tags=("payments",),
            ),
            Operation(
                "POST",
                "/payments/apple/transactions",
                self.redeem,
                summary="The points of a purchase, granted once",
                takes=AppleTransaction,
                gives=GrantView,
                problems=_GRANT_PROBLEMS,
                tags=("payments",),
            ),
            Operation(
                "POST",
                "/payments/apple/notifications",
                self.hear,
                summary="App Store Server Notifications V2",
                takes=AppleNotification,
                gives=Heard,
                problems=_HEAR_PROBLEMS,
                public=True,
                tags=("payments",),
            ),
        ]


_NOT_SHOWN = {"code", "enabled"}


def _view(grant: Grant) -> GrantView:
    purchase = grant.purchase
    return GrantView(
        purchase_id=purchase.id,
        transaction_id=purchase.transaction_id,
        product_code=purchase.product_code or "",
        environment=purchase.environment,
        quantity=purchase.quantity,
        points=purchase.points,
        granted_at=stamp(purchase.granted_at or 0),
        balance=grant.balance,
    )
