"""Points for money: what is on sale, what Apple signed, and every way in which it is refused."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support.api import Api
from tests.support.apple import (
    LEAF_MARK,
    STARTER,
    AppleServer,
    Chain,
    FakeApple,
    apple_server,
    issue,
    make_chain,
    milliseconds,
)
from tests.support.buying import buy, tell
from tests.support.forgeries import FORGERIES
from tests.support.locking import locked
from tests.support.problems import assert_problem
from tests.support.server import NewFolder, Serve, ServerProcess, at_work
from tests.support.viewer import at_once
from tests.support.worlds import WORLDS, Worlds

APPLE = FakeApple()
SANDBOX = FakeApple("Sandbox")
REVIEWER = "reviewer@example.com"
RACERS = 50


def codes_on_sale(api: Api) -> list[str]:
    items = api.get("/payments/packages").json()["items"]
    return [str(item["productCode"]) for item in items]


@pytest.fixture(scope="module", params=WORLDS)
def selling(
    request: pytest.FixtureRequest, worlds: Worlds, new_folder: NewFolder
) -> Iterator[ServerProcess]:
    """One server for all purchases; its books are proved at the end."""
    folder = new_folder()
    settings = APPLE.settings(folder.parent, APPLE_REVIEWERS=f"someone@example.com,{REVIEWER}")
    settings |= worlds.settings(request.param)
    with at_work(ServerProcess(folder, **settings)) as server:
        yield server


@pytest.fixture
def ann(selling: ServerProcess) -> Iterator[Api]:
    with selling.api(f"ann-{uuid4()}@example.com") as api:
        yield api


@pytest.fixture
def bob(selling: ServerProcess) -> Iterator[Api]:
    with selling.api(f"bob-{uuid4()}@example.com") as api:
        yield api


# --- buying --------------------------------------------------------------------------------------


def test_a_purchase_is_granted_and_stands_in_the_ledger(ann: Api) -> None:
    claims = APPLE.claims()

    granted = buy(ann, APPLE.chain.sign(claims))

    assert granted.status_code == 200, granted.text
    told = granted.json()
    assert told["transactionId"] == claims["transactionId"]
    assert (told["productCode"], told["quantity"], told["points"]) == ("points_60", 1, 60)
    assert (told["environment"], told["balance"]) == ("Production", 160)
    entry = ann.get("/points/ledger").json()["items"][0]
    assert (entry["kind"], entry["amount"]) == ("purchase", 60)
    assert (entry["purchaseId"], entry["note"]) == (told["purchaseId"], None)


def test_a_copy_signed_anew_is_answered_with_the_same_grant(ann: Api) -> None:
    """Apple signs a transaction again and again: its id is what counts."""
    claims = APPLE.claims()
    first = buy(ann, APPLE.chain.sign(claims)).json()

    again = buy(ann, APPLE.chain.sign({**claims, "signedDate": milliseconds()}))

    assert again.json() == first
    assert ann.balance() == 160


def test_what_is_on_sale_is_shown_as_the_app_needs_it(ann: Api) -> None:
    items = ann.get("/payments/packages").json()["items"]

    assert items[1] == {
        "productCode": "points_60",
        "appleProductId": "eryao.points.60",
        "points": 60,
        "bonus": 0,
        "starter": False,
        "price": "¥6",
    }


def test_the_starter_pack_is_shown_until_it_is_bought_and_sold_once(ann: Api) -> None:
    assert codes_on_sale(ann) == ["starter", "points_60", "points_300", "points_980"]

    assert buy(ann, APPLE.transaction(productId=STARTER), "starter").json()["points"] == 120

    assert codes_on_sale(ann) == ["points_60", "points_300", "points_980"]
    refused = buy(ann, APPLE.transaction(productId=STARTER), "starter")
    assert_problem(refused, "PAYMENT_STARTER_PACK_INELIGIBLE", 409)
    assert ann.balance() == 220


# --- refusals ------------------------------------------------------------------------------------


def test_no_forgery_grants_anything(ann: Api) -> None:
    for name, forge in FORGERIES.items():
        refused = buy(ann, forge(APPLE))
        assert refused.status_code == 422, name
        assert_problem(refused, "PAYMENT_TRANSACTION_INVALID", 422)

    assert ann.balance() == 100


# Each fault with what it is answered with, in the order in which they are looked for.
FAULTS: list[tuple[str, int, str, dict[str, Any]]] = [
    ("PAYMENT_TRANSACTION_INVALID", 422, "points_60", {"quantity": 11}),
    ("PAYMENT_PRODUCT_NOT_FOUND", 404, "points_61", {}),
    ("PAYMENT_PRODUCT_MISMATCH", 422, "points_60", {"productId": STARTER}),
    ("PAYMENT_ENVIRONMENT_MISMATCH", 422, "points_60", {"environment": "Sandbox"}),
    ("PAYMENT_TRANSACTION_REVOKED", 409, "points_60", {"revocationDate": 1}),
    ("PAYMENT_TRANSACTION_CONFLICT", 409, "points_60", {"appAccountToken": str(uuid4())}),
]


@pytest.mark.parametrize("first", range(len(FAULTS)), ids=[fault[0] for fault in FAULTS])
def test_of_several_faults_the_first_is_told(ann: Api, first: int) -> None:
    """All that come after it are there as well."""
    claims: dict[str, Any] = {}
    for _, _, _, changes in reversed(FAULTS[first:]):
        claims |= changes
    code, status, product, _ = FAULTS[first]

    refused = buy(ann, APPLE.transaction(**claims), product)

    assert_problem(refused, code, status)
    assert ann.balance() == 100
    assert "purchase" not in ann.get("/points/ledger").text.replace("purchaseId", "")


@pytest.mark.parametrize("body", [{}, {"productCode": "points_60"}, {"productCode": 7}, []])
def test_a_body_of_another_shape_is_told_where(ann: Api, body: Any) -> None:
    refused = ann.post("/payments/apple/transactions", json=body)

    assert assert_problem(refused, "REQUEST_VALIDATION_ERROR", 422)["errors"]


def test_a_purchase_that_names_its_user_is_theirs_alone(
    ann: Api, bob: Api, selling: ServerProcess
) -> None:
    signed = APPLE.transaction(appAccountToken=user_id(selling, ann).upper())

    assert_problem(buy(bob, signed), "PAYMENT_TRANSACTION_CONFLICT", 409)
    assert buy(ann, signed).status_code == 200


def test_a_purchase_of_anothers_is_a_conflict(ann: Api, bob: Api) -> None:
    signed = APPLE.transaction()
    buy(ann, signed)

    assert_problem(buy(bob, signed), "PAYMENT_TRANSACTION_CONFLICT", 409)
    assert (ann.balance(), bob.balance()) == (160, 100)


def test_an_old_signature_is_not_taken_without_asking_apple(ann: Api) -> None:
    """A refund would not show in it; and a stolen key that expired could have made it."""
    ago = datetime.now(UTC) - timedelta(hours=25)

    refused = buy(ann, APPLE.transaction(signedDate=milliseconds(ago)))

    assert_problem(refused, "PAYMENT_APPLE_UNAVAILABLE", 503)


def test_an_old_signature_on_what_was_granted_is_answered_with_the_grant(ann: Api) -> None:
    claims = APPLE.claims()
    first = buy(ann, APPLE.chain.sign(claims)).json()
    ago = datetime.now(UTC) - timedelta(days=40)

    again = buy(ann, APPLE.chain.sign({**claims, "signedDate": milliseconds(ago)}))

    assert again.json() == first


def test_an_old_signature_on_what_is_anothers_is_a_conflict(ann: Api, bob: Api) -> None:
    """Whose it is stands in our books: nobody needs to be asked."""
    claims = APPLE.claims()
    buy(ann, APPLE.chain.sign(claims))
    ago = datetime.now(UTC) - timedelta(days=40)

    refused = buy(bob, APPLE.chain.sign({**claims, "signedDate": milliseconds(ago)}))

    assert_problem(refused, "PAYMENT_TRANSACTION_CONFLICT", 409)


def test_an_expired_certificate_that_pretends_to_be_of_its_time_is_not_taken(ann: Api) -> None:
    then = datetime.now(UTC) - timedelta(days=40)
    ours = APPLE.chain
    leaf = issue(
        "Leaf", ours.intermediate, mark=LEAF_MARK, since=then, until=then + timedelta(days=5)
    )
    stolen = FakeApple(chain=Chain(ours.root, ours.intermediate, leaf))
    signed = stolen.transaction(signedDate=milliseconds(then + timedelta(days=1)))

    assert_problem(buy(ann, signed), "PAYMENT_APPLE_UNAVAILABLE", 503)


# --- the sandbox ---------------------------------------------------------------------------------


def test_a_reviewer_may_buy_in_the_sandbox_and_it_is_marked(selling: ServerProcess) -> None:
    with selling.api(REVIEWER) as reviewer:
        told = buy(reviewer, SANDBOX.transaction()).json()

        assert (told["environment"], told["balance"]) == ("Sandbox", 160)
        entry = reviewer.get("/points/ledger").json()["items"][0]
        assert (entry["kind"], entry["note"]) == ("purchase", "Sandbox")


def test_a_sandbox_server_takes_the_sandbox_alone(serve: Serve, tmp_path: Path) -> None:
    server = serve(**SANDBOX.settings(tmp_path, APPLE_REVIEWERS="ann@example.com"))
    with server.api("ann@example.com") as ann:
        assert buy(ann, SANDBOX.transaction()).status_code == 200
        refused = buy(ann, APPLE.transaction())
        assert_problem(refused, "PAYMENT_ENVIRONMENT_MISMATCH", 422)


# --- races ---------------------------------------------------------------------------------------


def test_of_fifty_copies_one_is_granted(ann: Api) -> None:
    claims = APPLE.claims()
    copies = [APPLE.chain.sign({**claims, "signedDate": milliseconds()}) for _ in range(RACERS)]

    answers = at_once(RACERS, lambda n: buy(ann, copies[n]))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert ann.balance() == 160


@pytest.mark.parametrize("_round", range(3))
def test_of_two_users_with_the_same_purchase_one_gets_it(ann: Api, bob: Api, _round: int) -> None:
    signed = APPLE.transaction()

    answers = at_once(RACERS, lambda n: buy((ann, bob)[n % 2], signed))

    counted = Counter(answer.status_code for answer in answers)
    assert counted == {200: RACERS // 2, 409: RACERS // 2}
    assert sorted((ann.balance(), bob.balance())) == [100, 160]


def test_of_many_starter_packs_at_once_one_is_granted(ann: Api) -> None:
    answers = at_once(20, lambda _n: buy(ann, APPLE.transaction(productId=STARTER), "starter"))

    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 19}
    assert ann.balance() == 220


def test_refunds_and_copies_at_once_leave_the_books_clean(ann: Api, selling: ServerProcess) -> None:
    claims = APPLE.claims()
    buy(ann, APPLE.chain.sign(claims))
    refund = APPLE.notification("REFUND", claims)

    answers = at_once(
        RACERS,
        lambda n: tell(ann, refund) if n % 2 else buy(ann, APPLE.chain.sign(claims)),
    )

    assert {answer.status_code for answer in answers} <= {200, 409}
    assert ann.balance() == 100
    assert not selling.audit()["findings"]


# --- Apple asked ---------------------------------------------------------------------------------


@pytest.fixture
def asked() -> Iterator[AppleServer]:
    with apple_server() as server:
        yield server


@pytest.fixture
def asking(asked: AppleServer, serve: Serve, tmp_path: Path) -> Iterator[Api]:
    """A buyer on a server that asks Apple about every new purchase."""
    server = serve(**APPLE.settings(tmp_path), **asked.settings(tmp_path))
    with server.api() as api:
        yield api
    assert not server.audit()["findings"]


def test_apple_is_asked_once_about_a_purchase(asking: Api, asked: AppleServer) -> None:
    claims = APPLE.claims()
    asked.known[claims["transactionId"]] = APPLE.chain.sign(claims)

    for _ in range(3):
        assert buy(asking, APPLE.chain.sign(claims)).status_code == 200

    assert asked.asked == [claims["transactionId"]]
    assert asking.balance() == 160


def test_an_old_signature_is_taken_once_apple_vouches_for_it(
    asking: Api, asked: AppleServer
) -> None:
    ago = milliseconds(datetime.now(UTC) - timedelta(days=90))
    claims = APPLE.claims()
    asked.known[claims["transactionId"]] = APPLE.chain.sign(claims)

    assert buy(asking, APPLE.chain.sign({**claims, "signedDate": ago})).status_code == 200


def test_a_refund_that_only_apple_knows_is_seen(asking: Api, asked: AppleServer) -> None:
    claims = APPLE.claims()
    asked.known[claims["transactionId"]] = APPLE.chain.sign({**claims, "revocationDate": 1})

    refused = buy(asking, APPLE.chain.sign(claims))

    assert_problem(refused, "PAYMENT_TRANSACTION_REVOKED", 409)


def test_a_purchase_that_apple_does_not_know_is_none(asking: Api) -> None:
    assert_problem(buy(asking, APPLE.transaction()), "PAYMENT_TRANSACTION_INVALID", 422)


@pytest.mark.parametrize(
    "changes", [{"transactionId": "9"}, {"quantity": 2}, {"productId": "eryao.points.980"}]
)
def test_a_purchase_that_apple_knows_as_another_is_none(
    asking: Api, asked: AppleServer, changes: dict[str, Any]
) -> None:
    claims = APPLE.claims()
    asked.known[claims["transactionId"]] = APPLE.chain.sign({**claims, **changes})

    refused = buy(asking, APPLE.chain.sign(claims))

    assert_problem(refused, "PAYMENT_TRANSACTION_INVALID", 422)


def test_an_answer_that_apple_did_not_sign_is_none(asking: Api, asked: AppleServer) -> None:
    claims = APPLE.claims()
    asked.known[claims["transactionId"]] = make_chain().sign(claims)

    refused = buy(asking, APPLE.chain.sign(claims))

    assert_problem(refused, "PAYMENT_TRANSACTION_INVALID", 422)


@pytest.mark.parametrize("mood", ["down", "babbling", "shy", "slow", "dripping"])
def test_nothing_is_lost_while_apple_does_not_answer(
    asking: Api, asked: AppleServer, mood: str
) -> None:
    claims = APPLE.claims()
    asked.known[claims["transactionId"]] = APPLE.chain.sign(claims)
    asked.mood = mood

    refused = buy(asking, APPLE.chain.sign(claims))

    assert_problem(refused, "PAYMENT_APPLE_UNAVAILABLE", 503)
    asked.mood = "well"
    assert buy(asking, APPLE.chain.sign(claims)).status_code == 200
    assert asking.balance() == 160


# --- trouble -------------------------------------------------------------------------------------


def test_a_grant_that_the_store_does_not_take_is_made_by_the_next_try(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve(**APPLE.settings(tmp_path))
    signed = APPLE.transaction()
    with server.api() as ann:
        with locked(server):
            refused = buy(ann, signed)

        assert_problem(refused, "PAYMENT_GRANT_FAILED", 500)
        assert ann.balance() == 100
        assert buy(ann, signed).json()["balance"] == 160
    assert not server.audit()["findings"]


def test_a_repeat_is_answered_though_the_package_left_the_shelf(
    unstarted: ServerProcess, tmp_path: Path
) -> None:
    """The app must hear of its grant, or it would never finish the transaction."""
    shelf = tmp_path / "packages.yaml"
    package = "{code: points_60, appleProductId: eryao.points.60, points: 60, price: x}"
    shelf.write_text(f"packages: [{package}]")
    settings = APPLE.settings(tmp_path, PAYMENTS_PACKAGES=str(shelf))
    signed = APPLE.transaction()
    with unstarted.start(**settings).api() as ann:
        first = buy(ann, signed).json()
    unstarted.kill()
    shelf.write_text("packages: []")

    with unstarted.start(**settings).api() as ann:
        assert codes_on_sale(ann) == []
        assert buy(ann, signed).json() == first
        refused = buy(ann, APPLE.transaction())
        assert_problem(refused, "PAYMENT_PRODUCT_NOT_FOUND", 404)


def test_without_apples_certificates_nothing_is_sold(server: ServerProcess) -> None:
    with server.api() as ann:
        assert codes_on_sale(ann) == []
        for refused in (buy(ann, APPLE.transaction()), tell(ann, APPLE.notification("TEST"))):
            assert_problem(refused, "PAYMENT_APPLE_UNAVAILABLE", 503)
        for refused in (buy(ann, "bought!"), tell(ann, "x.y.z")):
            assert_problem(refused, "PAYMENT_TRANSACTION_INVALID", 422)
        assert ann.balance() == 100


def user_id(server: ServerProcess, api: Api) -> str:
    return server.beside.sign_in(api.email).id
