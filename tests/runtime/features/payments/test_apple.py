"""What Apple signed is believed, and nothing else is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runtime.clock import SystemClock
from runtime.errors import Code, Problem
from runtime.features.payments.apple import PRODUCTION, SANDBOX, WHOLE, Apple
from tests.support.apple import APP_ID, BUNDLE, FakeApple, make_chain, milliseconds
from tests.support.forgeries import FORGERIES, Forge


@pytest.fixture(scope="module")
def fake() -> FakeApple:
    return FakeApple()


@pytest.fixture(scope="module")
def apple(fake: FakeApple) -> Apple:
    return believing(fake)


def believing(fake: FakeApple) -> Apple:
    roots = [fake.chain.root.der]
    return Apple(roots=roots, bundle_id=BUNDLE, app_id=APP_ID, clock=SystemClock())


async def refused(call: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        await call
    assert caught.value.code is Code.PAYMENT_TRANSACTION_INVALID
    return caught.value


# --- transactions ------------------------------------------------------------------------------


def test_there_are_as_many_forgeries_as_were_measured() -> None:
    assert len(FORGERIES) >= 61


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
async def test_a_forgery_does_not_verify(apple: Apple, fake: FakeApple, forge: Forge) -> None:
    problem = await refused(apple.transaction(forge(fake)))

    assert problem.detail.endswith(".")


@pytest.mark.parametrize("environment", [PRODUCTION, SANDBOX])
async def test_what_apple_signed_is_read(environment: str) -> None:
    fake = FakeApple(environment)
    claims = fake.claims(quantity=3, appAccountToken="AB-CD")

    bought = await believing(fake).transaction(fake.chain.sign(claims))

    assert bought.environment == environment
    assert bought.transaction_id == claims["transactionId"]
    assert (bought.product_id, bought.quantity) == (claims["productId"], 3)
    assert bought.signed_at == claims["signedDate"] * 1_000
    assert bought.account == "ab-cd"
    assert bought.revoked_share is None


@pytest.mark.parametrize("quantity", [1, 10])
async def test_up_to_ten_pieces_are_a_purchase(
    apple: Apple, fake: FakeApple, quantity: int
) -> None:
    bought = await apple.transaction(fake.transaction(quantity=quantity))

    assert bought.quantity == quantity


async def test_a_clock_that_is_a_little_ahead_is_forgiven(apple: Apple, fake: FakeApple) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=9)

    assert await apple.transaction(fake.transaction(signedDate=milliseconds(soon)))


@pytest.mark.parametrize(
    ("claims", "share"),
    [
        ({"revocationDate": 1}, WHOLE),
        ({"revocationReason": 0}, WHOLE),
        ({"revocationDate": 1, "revocationType": "REFUND_FULL"}, WHOLE),
        (
            {
                "revocationDate": 1,
                "revocationType": "REFUND_PRORATED",
                "revocationPercentage": 25_000,
            },
            25_000,
        ),
        ({"revocationDate": 1, "revocationType": "REFUND_PRORATED"}, WHOLE),
    ],
)
async def test_a_revocation_is_seen(
    apple: Apple, fake: FakeApple, claims: dict[str, Any], share: int
) -> None:
    assert (await apple.transaction(fake.transaction(**claims))).revoked_share == share


async def test_several_roots_are_believed(fake: FakeApple) -> None:
    """Apple has more than one, and will have another."""
    other = FakeApple(chain=make_chain())
    roots = [fake.chain.root.der, other.chain.root.der]
    apple = Apple(roots=roots, bundle_id=BUNDLE, app_id=APP_ID, clock=SystemClock())

    assert await apple.transaction(fake.transaction())
    assert await apple.transaction(other.transaction())


# --- notifications -----------------------------------------------------------------------------


async def test_a_notification_is_read(apple: Apple, fake: FakeApple) -> None:
    claims = fake.claims()

    told = await apple.announcement(fake.notification("REFUND", claims, notificationUUID="n1"))

    assert (told.id, told.kind, told.environment) == ("n1", "REFUND", PRODUCTION)
    assert told.bought is not None
    assert told.bought.transaction_id == claims["transactionId"]
    assert told.bought.revoked_share == WHOLE


@pytest.mark.parametrize(
    "changes",
    [
        {"data": {"bundleId": "com.example.other"}},
        {"data": {"appAppleId": 99}},
        {"data": {"environment": "Xcode"}},
        {"data": {"environment": None}},
        {"data": {"signedTransactionInfo": "e30.e30.e30"}},
        {"notificationUUID": None},
        {"notificationUUID": ""},
        {"notificationUUID": 7},
        {"notificationType": None},
        {"signedDate": None},
        {"signedDate": milliseconds(datetime.now(UTC) + timedelta(hours=1))},
        {"signedDate": milliseconds(datetime.now(UTC) - timedelta(days=15))},
    ],
)
async def test_a_forged_notification_does_not_verify(
    apple: Apple, fake: FakeApple, changes: dict[str, Any]
) -> None:
    await refused(apple.announcement(fake.notification("REFUND", fake.claims(), **changes)))


async def test_a_transaction_is_no_notification(apple: Apple, fake: FakeApple) -> None:
    await refused(apple.announcement(fake.transaction()))


async def test_a_notification_of_another_root_does_not_verify(apple: Apple) -> None:
    await refused(apple.announcement(FakeApple(chain=make_chain()).notification("TEST")))


async def test_a_notification_cannot_carry_a_purchase_of_the_other_environment(
    apple: Apple, fake: FakeApple
) -> None:
    claims = fake.claims(environment=SANDBOX)

    await refused(apple.announcement(fake.notification("REFUND", claims)))


async def test_a_notification_about_something_else_is_about_no_purchase(
    apple: Apple, fake: FakeApple
) -> None:
    claims = fake.claims(type="Auto-Renewable Subscription")

    told = await apple.announcement(fake.notification("DID_RENEW", claims))

    assert told.bought is None


@pytest.mark.parametrize("part", ["summary", "appData"])
async def test_a_notification_in_another_shape_is_read(
    apple: Apple, fake: FakeApple, part: str
) -> None:
    about = {"environment": PRODUCTION, "appAppleId": APP_ID, "bundleId": BUNDLE}
    if part == "summary":
        about |= {"requestIdentifier": "r", "storefrontCountryCodes": [], "productId": "p"}
    claims = {
        "notificationType": "RENEWAL_EXTENSION",
        "notificationUUID": "n2",
        "signedDate": milliseconds(),
        part: about,
    }

    told = await apple.announcement(fake.chain.sign(claims))

    assert (told.environment, told.bought) == (PRODUCTION, None)
