"""Apple's signed words: verified by Apple's own library, then read strictly by us.

Their library vouches for the signature, the app and the environment; it passes, or bends into
shape, much that no purchase may be, so what the claims say is checked here.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

import anyio
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runtime.clock import SECOND, Clock, micros
from runtime.errors import Code, Problem

SANDBOX, PRODUCTION = "Sandbox", "Production"
MILLISECOND = 1_000
AHEAD_SECONDS = 600
# Apple repeats a notification for about a week.
NOTICE_SECONDS = 14 * 86_400
# All of a purchase, in the thousandths of a percent that Apple counts refunds in.
WHOLE = 100_000
MOST_PIECES = 10


class _Claims(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class _TransactionClaims(_Claims):
    transactionId: Annotated[str, Field(pattern=r"^[0-9A-Za-z]{1,64}$")]  # noqa: N815 - Apple's
    productId: Annotated[str, Field(min_length=1, max_length=255)]  # noqa: N815
    environment: Literal["Production", "Sandbox"]
    type: Literal["Consumable"]
    quantity: Annotated[int, Field(ge=1, le=MOST_PIECES)]
    inAppOwnershipType: Literal["PURCHASED"]  # noqa: N815
    signedDate: Annotated[int, Field(ge=0, le=2**53)]  # noqa: N815
    appAccountToken: str | None = None  # noqa: N815
    isUpgraded: Literal[False] | None = None  # noqa: N815
    revocationDate: int | None = None  # noqa: N815
    revocationReason: int | None = None  # noqa: N815
    revocationType: str | None = None  # noqa: N815
    revocationPercentage: Annotated[int, Field(ge=0, le=WHOLE)] | None = None  # noqa: N815


class _NotificationData(_Claims):
    signedTransactionInfo: str | None = None  # noqa: N815


class _NotificationClaims(_Claims):
    notificationUUID: Annotated[str, Field(min_length=1, max_length=64)]  # noqa: N815
    notificationType: Annotated[str, Field(min_length=1, max_length=64)]  # noqa: N815
    signedDate: Annotated[int, Field(ge=0, le=2**53)]  # noqa: N815
    data: _NotificationData | None = None


ClaimsT = TypeVar("ClaimsT", bound=_Claims)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """One transaction of Apple's that could be a purchase of points."""

    environment: str
    transaction_id: str
    product_id: str
    quantity: int
    # The user whom the app named when it was bought.
    account: str | None
    signed_at: int
    # How much of it Apple took back; None where it is in force.
    revoked_share: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One of Apple's notifications; `bought` where it is about something that could be points."""

    id: str
    kind: str
    environment: str
    signed_at: int
    bought: Bought | None


class Apple:
    """Tells Apple's words from all others; one verifier for each environment."""

    def __init__(
        self, *, roots: Sequence[bytes], bundle_id: str, app_id: int, clock: Clock
    ) -> None:
        from appstoreserverlibrary.models.Environment import Environment  # noqa: PLC0415
        from appstoreserverlibrary.signed_data_verifier import SignedDataVerifier  # noqa: PLC0415

        self._clock = clock
        # Never their environments Xcode and LocalTesting: those take any word unsigned.
        self._verifiers = {
            name: SignedDataVerifier(list(roots), False, Environment(name), bundle_id, app_id)  # noqa: FBT003
            for name in (SANDBOX, PRODUCTION)
        }

    async def transaction(self, signed: str) -> Bought:
        """What was bought, or PAYMENT_TRANSACTION_INVALID."""
        return await anyio.to_thread.run_sync(self._transaction, signed)

    async def announcement(self, signed: str) -> Announcement:
        """What Apple tells, or PAYMENT_TRANSACTION_INVALID."""
        return await anyio.to_thread.run_sync(self._announcement, signed)

    def _transaction(self, signed: str) -> Bought:
        claims = _strictly(_TransactionClaims, self._verified_transaction(signed))
        self._check_date(claims.signedDate)
        return _bought(claims)

    def _verified_transaction(self, signed: str) -> dict[str, Any]:
        claims = _unverified(signed)
        verifier = self._verifier(claims.get("environment"))
        _vouch(verifier.verify_and_decode_signed_transaction, signed)
        return claims

    def _announcement(self, signed: str) -> Announcement:
        unread = _unverified(signed)
        environment = _environment_of(unread)
        _vouch(self._verifier(environment).verify_and_decode_notification, signed)
        claims = _strictly(_NotificationClaims, unread)
        self._check_date(claims.signedDate, oldest_seconds=NOTICE_SECONDS)
        return Announcement(
            id=claims.notificationUUID,
            kind=claims.notificationType,
            environment=environment,
            signed_at=claims.signedDate * MILLISECOND,
            bought=self._told_of(claims.data, environment),
        )

    def _told_of(self, data: _NotificationData | None, environment: str) -> Bought | None:
        if data is None or data.signedTransactionInfo is None:
            return None
        verified = self._verified_transaction(data.signedTransactionInfo)
        try:
            claims = _TransactionClaims.model_validate(verified)
        except ValidationError:
            return None  # a subscription, or whatever else the app may sell
        if claims.environment != environment:
            raise _invalid("Its transaction is from the other environment.")
        return _bought(claims)

    def _verifier(self, environment: object) -> Any:
        """Chosen by what is claimed: the signature covers the claim."""
        verifier = self._verifiers.get(environment) if isinstance(environment, str) else None
        if verifier is None:
            raise _invalid("It is from neither of Apple's environments.")
        return verifier

    def _check_date(self, signed_ms: int, *, oldest_seconds: int | None = None) -> None:
        now = micros(self._clock.now())
        signed = signed_ms * MILLISECOND
        if signed > now + AHEAD_SECONDS * SECOND:
            raise _invalid("It was signed in the future.")
        if oldest_seconds is not None and signed < now - oldest_seconds * SECOND:
            raise _invalid("It was signed too long ago.")


def check_form(signed: str) -> None:
    """PAYMENT_TRANSACTION_INVALID where it is nothing that anybody could have signed."""
    _unverified(signed)


def _vouch(verify: Callable[[str], object], signed: str) -> None:
    try:
        verify(signed)
    except Exception as exc:
        # Its own exceptions, those of the library that fills its models, and what hostile bytes
        # raise in between: none of them is a signature.
        raise _invalid("The signature does not lead to Apple, or not to this app.") from exc


def _unverified(signed: str) -> dict[str, Any]:
    try:
        _, payload, _ = signed.split(".")
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError) as exc:
        raise _invalid("This is no signed transaction.") from exc
    if not isinstance(claims, dict):
        raise _invalid("This is no signed transaction.")
    return claims


def _environment_of(notification: dict[str, Any]) -> str:
    """Where Apple says it happened; a notification has one of these parts."""
    parts = (notification.get(name) for name in ("data", "summary", "appData"))
    named = next((part.get("environment") for part in parts if isinstance(part, dict)), PRODUCTION)
    return named if isinstance(named, str) else ""


def _strictly(model: type[ClaimsT], claims: dict[str, Any]) -> ClaimsT:
    try:
        return model.model_validate(claims)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise _invalid(f"Its {where} is not what a purchase has: {first['msg']}.") from None


def _bought(claims: _TransactionClaims) -> Bought:
    account = claims.appAccountToken
    return Bought(
        environment=claims.environment,
        transaction_id=claims.transactionId,
        product_id=claims.productId,
        quantity=claims.quantity,
        account=account.lower() if account else None,
        signed_at=claims.signedDate * MILLISECOND,
        revoked_share=_revoked_share(claims),
    )


def _revoked_share(claims: _TransactionClaims) -> int | None:
    if claims.revocationDate is None and claims.revocationReason is None:
        return None
    if claims.revocationType == "REFUND_PRORATED" and claims.revocationPercentage is not None:
        return claims.revocationPercentage
    return WHOLE


def _invalid(detail: str) -> Problem:
    return Problem(Code.PAYMENT_TRANSACTION_INVALID, detail)
