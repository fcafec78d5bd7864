"""An invite over HTTP: used once, by who is new, to the good of both; and not to be farmed."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from runtime.features.invites.codes import LENGTH, new_code, read_code
from tests.support.api import Api
from tests.support.problems import assert_problem
from tests.support.server import Serve, ServerProcess
from tests.support.worlds import shared

__all__ = ["shared"]

BROUGHT = 20
REDEEMING = ("invite.redeemed", "invite.rewarded")


@pytest.fixture
def inviter(shared: ServerProcess) -> Iterator[Api]:
    """Somebody who was there before Ann and Bob."""
    with shared.api(f"inviter-{uuid4()}@example.com") as api:
        yield api


@pytest.fixture
def code(inviter: Api) -> str:
    return str(inviter.post("/invite").json()["code"])


@pytest.fixture
def newcomer(code: str, shared: ServerProcess) -> Iterator[Api]:
    with shared.api(f"newcomer-{uuid4()}@example.com") as api:
        yield api


def redeem(api: Api, code: str) -> httpx2.Response:
    return api.post("/invite/redemptions", json={"code": code})


def entries(api: Api, kind: str) -> list[Any]:
    items = api.get("/points/ledger").json()["items"]
    return [item for item in items if item["kind"] == kind]


def test_a_code_is_made_once_and_is_there_from_then_on(ann: Api) -> None:
    assert_problem(ann.get("/invite"), "INVITE_CODE_NOT_FOUND", 404)

    made, again = ann.post("/invite"), ann.post("/invite")

    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json() == again.json() == ann.get("/invite").json()
    assert read_code(made.json()["code"]) == made.json()["code"]


def test_both_sides_get_their_points_once(code: str, inviter: Api, newcomer: Api) -> None:
    first = redeem(newcomer, code)
    again = redeem(newcomer, code)

    assert first.status_code == 200, first.text
    assert first.json() == again.json() == {"points": BROUGHT, "balance": 100 + BROUGHT}
    assert inviter.balance() == 100 + BROUGHT
    (given,), (got,) = entries(inviter, "invite"), entries(newcomer, "invited")
    assert given["inviteId"] == got["inviteId"]
    assert [given["amount"], got["amount"]] == [BROUGHT, BROUGHT]
    (told,) = inviter.get("/notifications").json()["items"]
    assert (told["kind"], told["payload"]) == ("invite_used", {"type": "none"})


def test_a_code_is_read_as_people_type_it(code: str, newcomer: Api) -> None:
    typed = f" {code[:4].lower()}-{code[4:]} ".replace("0", "o").replace("1", "L")

    assert redeem(newcomer, typed).status_code == 200


@pytest.mark.parametrize("wrong", ["ABCD-EFGH", "U" * LENGTH, "short", "９" * LENGTH, "x" * 64])
def test_a_code_that_nobody_has_is_refused(newcomer: Api, wrong: str) -> None:
    problem = assert_problem(redeem(newcomer, wrong), "INVITE_CODE_INVALID", 422)

    assert [error["pointer"] for error in problem["errors"]] == ["/code"]
    assert newcomer.balance() == 100


def test_ones_own_code_brings_nothing(code: str, inviter: Api) -> None:
    assert_problem(redeem(inviter, code), "INVITE_CODE_INVALID", 422)
    assert inviter.balance() == 100


def test_a_second_code_brings_nothing(code: str, ann: Api, newcomer: Api) -> None:
    redeem(newcomer, code)
    other = ann.post("/invite").json()["code"]

    assert_problem(redeem(newcomer, other), "INVITE_ALREADY_REDEEMED", 409)
    assert (newcomer.balance(), ann.balance()) == (100 + BROUGHT, 100)


def test_who_was_there_before_is_not_invited(inviter: Api, ann: Api) -> None:
    later = ann.post("/invite").json()["code"]

    assert_problem(redeem(inviter, later), "INVITE_NOT_ELIGIBLE", 409)


def test_guessing_ends_soon(code: str, newcomer: Api) -> None:
    for _ in range(10):
        assert redeem(newcomer, new_code()).status_code == 422

    problem = assert_problem(redeem(newcomer, code), "INVITE_TOO_MANY_ATTEMPTS", 429)

    assert 0 < problem["retryAfter"] <= 3_600
    assert newcomer.balance() == 100


def test_guesses_at_once_are_counted_too(code: str, newcomer: Api) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = pool.map(lambda _: redeem(newcomer, new_code()).status_code, range(32))
        statuses = list(answers)

    assert statuses.count(422) == 10
    assert statuses.count(429) == 22


def test_of_two_codes_at_once_one_wins(inviter: Api, ann: Api, shared: ServerProcess) -> None:
    codes = [api.post("/invite").json()["code"] for api in (inviter, ann)]
    with shared.api(f"late-{uuid4()}@example.com") as late, ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: redeem(late, codes[n % 2]), range(24)))
        assert late.balance() == 100 + BROUGHT
        assert len(entries(late, "invited")) == 1
    assert {answer.status_code for answer in answers} == {200, 409}
    assert sorted([inviter.balance(), ann.balance()]) == [100, 100 + BROUGHT]


def test_past_its_limit_a_code_welcomes_but_pays_its_owner_no_more(serve: Serve) -> None:
    server = serve(INVITES_PER_DAY=3)
    with ExitStack() as held:
        inviter = held.enter_context(server.api("inviter@example.com"))
        code = inviter.post("/invite").json()["code"]
        late = [held.enter_context(server.api(f"late{n}@example.com")) for n in range(8)]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda api: redeem(api, code), late))
        assert [answer.status_code for answer in answers] == [200] * 8
        assert [api.balance() for api in late] == [100 + BROUGHT] * 8
        assert inviter.balance() == 100 + 3 * BROUGHT
    assert not server.audit()["findings"]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("point", REDEEMING)
def test_a_code_is_used_once_though_the_server_is_killed(
    point: str, unstarted: ServerProcess
) -> None:
    server = unstarted.start(CRASH_POINT=point)
    with server.api("inviter@example.com") as inviter:
        code = inviter.post("/invite").json()["code"]
    with server.api("late@example.com") as late, pytest.raises(httpx2.TransportError):
        redeem(late, code)
    assert server.wait() == -signal.SIGKILL

    server.start()
    with server.api("inviter@example.com") as inviter, server.api("late@example.com") as late:
        assert redeem(late, code).json() == {"points": BROUGHT, "balance": 100 + BROUGHT}
        assert inviter.balance() == 100 + BROUGHT
    assert not server.audit()["findings"]


def test_codes_are_many_and_easy_to_read() -> None:
    codes = {new_code() for _ in range(2_000)}

    assert len(codes) == 2_000
    assert not set("".join(codes)) & set("ILOU")
    assert len(set("".join(codes))) == 32
