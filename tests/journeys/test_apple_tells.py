"""Apple's notifications over HTTP, and the refunds that a person has to decide on."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.api import Api
from tests.support.apple import FakeApple, make_chain, milliseconds
from tests.support.buying import buy, tell
from tests.support.locking import locked
from tests.support.problems import assert_problem
from tests.support.server import NewFolder, Serve, ServerProcess, at_work
from tests.support.viewer import at_once
from tests.support.worlds import WORLDS, Worlds

APPLE = FakeApple()
SANDBOX = FakeApple("Sandbox")
# Each command is a process of its own: a few of them take their time on a busy machine.
MANY_COMMANDS = pytest.mark.timeout(180)


@pytest.fixture(scope="module", params=WORLDS)
def selling(
    request: pytest.FixtureRequest, worlds: Worlds, new_folder: NewFolder
) -> Iterator[ServerProcess]:
    folder = new_folder()
    settings = APPLE.settings(folder.parent) | worlds.settings(request.param)
    with at_work(ServerProcess(folder, **settings)) as server:
        yield server


@pytest.fixture
def ann(selling: ServerProcess) -> Iterator[Api]:
    with selling.api(f"ann-{uuid4()}@example.com") as api:
        yield api


def kinds(api: Api) -> list[tuple[str, int]]:
    items = api.get("/points/ledger").json()["items"]
    return [(str(item["kind"]), int(item["amount"])) for item in items][::-1]


def heard(api: Api, signed: str) -> str:
    answer = tell(api, signed)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["outcome"])


def test_a_refund_takes_the_points_and_its_reversal_gives_them_again(ann: Api) -> None:
    claims = APPLE.claims()
    bought = buy(ann, APPLE.chain.sign(claims)).json()

    assert heard(ann, APPLE.notification("REFUND", claims)) == "refunded"
    assert ann.balance() == 100
    refused = buy(ann, APPLE.chain.sign(claims))
    assert_problem(refused, "PAYMENT_TRANSACTION_REVOKED", 409)

    assert heard(ann, APPLE.notification("REFUND_REVERSED", claims)) == "restored"
    assert buy(ann, APPLE.chain.sign(claims)).json() == bought
    assert kinds(ann) == [
        ("signup", 100),
        ("purchase", 60),
        ("purchase_refund", -60),
        ("purchase_restored", 60),
    ]
    ids = {item["purchaseId"] for item in ann.get("/points/ledger").json()["items"]}
    assert ids == {None, bought["purchaseId"]}


def test_a_revocation_is_a_refund(ann: Api) -> None:
    claims = APPLE.claims()
    buy(ann, APPLE.chain.sign(claims))

    assert heard(ann, APPLE.notification("REVOKE", claims)) == "refunded"
    assert ann.balance() == 100


def test_a_refund_that_comes_before_the_purchase_is_not_forgotten(ann: Api) -> None:
    claims = APPLE.claims()
    assert heard(ann, APPLE.notification("REFUND", claims)) == "noted"

    refused = buy(ann, APPLE.chain.sign(claims))

    assert_problem(refused, "PAYMENT_TRANSACTION_REVOKED", 409)
    assert ann.balance() == 100


def test_what_is_told_twice_is_done_once(ann: Api) -> None:
    claims = APPLE.claims()
    buy(ann, APPLE.chain.sign(claims))
    refund = APPLE.notification("REFUND", claims)

    answers = at_once(20, lambda _n: tell(ann, refund))

    assert {answer.status_code for answer in answers} == {200}
    outcomes = sorted(answer.json()["outcome"] for answer in answers)
    assert outcomes == ["refunded", *["repeated"] * 19]
    assert ann.balance() == 100


def test_a_test_is_heard_once(ann: Api) -> None:
    signed = APPLE.notification("TEST")

    assert [heard(ann, signed), heard(ann, signed)] == ["tested", "repeated"]


@pytest.mark.parametrize("kind", ["CONSUMPTION_REQUEST", "REFUND_DECLINED", "NEWS_OF_TOMORROW"])
def test_what_asks_nothing_of_us_is_kept(ann: Api, kind: str) -> None:
    claims = APPLE.claims()
    buy(ann, APPLE.chain.sign(claims))

    assert heard(ann, APPLE.notification(kind, claims)) == "kept"
    assert ann.balance() == 160


def test_a_charge_is_granted_to_the_user_whom_it_names(ann: Api, selling: ServerProcess) -> None:
    mine = selling.beside.sign_in(ann.email).id
    claims = APPLE.claims(appAccountToken=mine)

    assert heard(ann, APPLE.notification("ONE_TIME_CHARGE", claims)) == "granted"

    assert ann.balance() == 160
    assert buy(ann, APPLE.chain.sign(claims)).json()["balance"] == 160


def test_a_word_that_is_not_apples_changes_nothing(ann: Api) -> None:
    claims = APPLE.claims()
    buy(ann, APPLE.chain.sign(claims))
    forged = FakeApple(chain=make_chain()).notification("REFUND", claims)

    for refused in (tell(ann, forged), tell(ann, "x"), tell(ann, APPLE.chain.sign(claims))):
        assert_problem(refused, "PAYMENT_TRANSACTION_INVALID", 422)
    assert ann.balance() == 160


def test_a_word_from_the_sandbox_is_none_of_a_production_servers(ann: Api) -> None:
    refused = tell(ann, SANDBOX.notification("TEST"))

    assert_problem(refused, "PAYMENT_ENVIRONMENT_MISMATCH", 422)


def test_a_word_that_cannot_be_stored_is_told_again(serve: Serve, tmp_path: Path) -> None:
    """The one case in which Apple hears a 5xx: it comes again, and nothing was kept."""
    server = serve(**APPLE.settings(tmp_path))
    claims = APPLE.claims()
    refund = APPLE.notification("REFUND", claims)
    with server.api() as ann:
        buy(ann, APPLE.chain.sign(claims))
        with locked(server):
            refused = tell(ann, refund)

        assert_problem(refused, "STORAGE_UNAVAILABLE", 503)
        assert heard(ann, refund) == "refunded"
    assert not server.audit()["findings"]


# --- refunds of spent points ---------------------------------------------------------------------


def owing(server: ServerProcess, api: Api, balance: int) -> str:
    """Ann has spent what she bought and has her money back; the review's id."""
    claims = APPLE.claims()
    buy(api, APPLE.chain.sign(claims))
    server.beside.set_balance(api.email, balance)
    outcome = heard(api, APPLE.notification("REFUND", claims))
    assert outcome == "PAYMENT_REFUND_INSUFFICIENT_BALANCE"
    items = server.json("payments", "review", "list")["items"]
    (mine,) = [item for item in items if item["email"] == api.email]
    assert (mine["points"], mine["transactionId"]) == (60, claims["transactionId"])
    return str(mine["reviewId"])


@MANY_COMMANDS
def test_spent_points_are_left_alone_until_a_person_forgives(
    ann: Api, selling: ServerProcess
) -> None:
    review = owing(selling, ann, 59)
    assert ann.balance() == 59

    told = selling.json("payments", "review", "settle", review, "--forgive")

    assert told == {"reviewId": review, "settlement": "forgiven", "balance": 59}
    again = selling.command("payments", "review", "settle", review, "--take")
    assert again.returncode == 1
    assert "settled before" in again.stderr


@MANY_COMMANDS
def test_spent_points_are_taken_once_they_are_there(ann: Api, selling: ServerProcess) -> None:
    review = owing(selling, ann, 10)
    early = selling.command("payments", "review", "settle", review, "--take")
    assert early.returncode == 1
    assert "PAYMENT_REFUND_INSUFFICIENT_BALANCE" in early.stderr
    selling.beside.set_balance(ann.email, 75)

    told = selling.command("payments", "review", "settle", review, "--take")

    assert told.stdout == "taken; the balance is 15 points.\n"
    assert kinds(ann)[-1] == ("purchase_refund", -60)
    settled = selling.json("payments", "review", "list", "--all")["items"]
    (mine,) = [item for item in settled if item["reviewId"] == review]
    assert (mine["settlement"], mine["settledAt"] is None) == ("taken", False)


@MANY_COMMANDS
def test_a_review_is_listed_for_people_too(ann: Api, selling: ServerProcess) -> None:
    review = owing(selling, ann, 0)

    told = selling.command("payments", "review", "list")

    (line,) = [line for line in told.stdout.splitlines() if line.startswith(review)]
    assert "60 points" in line
    assert ann.email in line
    selling.json("payments", "review", "settle", review, "--forgive")
    assert "Nothing waits" in selling.command("payments", "review", "list").stdout


def test_a_review_that_is_none_and_a_decision_that_is_none_are_sentences(
    selling: ServerProcess,
) -> None:
    unknown = selling.command("payments", "review", "settle", "r1", "--take")
    undecided = selling.command("payments", "review", "settle", "r1")

    assert (unknown.returncode, undecided.returncode) == (1, 1)
    assert "There is no review r1." in unknown.stderr
    assert "--take or --forgive" in undecided.stderr
    assert "Traceback" not in unknown.stderr + undecided.stderr


def test_a_late_word_does_not_undo_a_later_one(ann: Api) -> None:
    claims = APPLE.claims()
    buy(ann, APPLE.chain.sign(claims))
    now = milliseconds()
    refund = APPLE.notification("REFUND", claims, signedDate=now - 60_000)

    assert heard(ann, APPLE.notification("REFUND_REVERSED", claims, signedDate=now)) == "unchanged"
    assert heard(ann, refund) == "overtaken"
    assert ann.balance() == 160
