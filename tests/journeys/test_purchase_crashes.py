"""A server killed around a purchase: the app's next try, or Apple's, finds all or nothing."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.api import Api
from tests.support.apple import STARTER, FakeApple
from tests.support.buying import buy, tell
from tests.support.server import ServerProcess

APPLE = FakeApple()
GRANTS = ("purchase.entered", "purchase.booked", "purchase.committed")
REFUNDS = ("refund.booked", "refund.committed")
PURCHASES = (*GRANTS, *REFUNDS)


@pytest.fixture
def selling(unstarted: ServerProcess, tmp_path: Path) -> Iterator[ServerProcess]:
    unstarted.settings |= APPLE.settings(tmp_path)
    yield unstarted
    assert not unstarted.audit()["findings"]


def die_of(server: ServerProcess, call: Any) -> None:
    with pytest.raises(httpx2.TransportError):
        call()
    assert server.wait() == -signal.SIGKILL


@pytest.mark.parametrize("point", GRANTS)
def test_a_purchase_is_granted_once_though_the_server_is_killed(
    point: str, selling: ServerProcess
) -> None:
    claims = APPLE.claims(productId=STARTER)
    selling.start()
    with selling.api() as ann:
        selling.kill()
    selling.start(CRASH_POINT=point)
    with Api(selling.url, ann.token) as dying:
        die_of(selling, lambda: buy(dying, APPLE.chain.sign(claims), "starter"))

    with selling.start().api() as ann:
        assert ann.balance() == (220 if point == "purchase.committed" else 100)
        for _ in range(2):
            assert buy(ann, APPLE.chain.sign(claims), "starter").json()["balance"] == 220
    assert selling.beside.count("purchases") == 1
    assert selling.beside.count("ledger", kind="purchase") == 1


@pytest.mark.parametrize("point", REFUNDS)
def test_a_refund_is_taken_once_though_the_server_is_killed(
    point: str, selling: ServerProcess
) -> None:
    claims = APPLE.claims()
    refund = APPLE.notification("REFUND", claims)
    selling.start(CRASH_POINT=point)
    with selling.api() as ann:
        buy(ann, APPLE.chain.sign(claims))
        die_of(selling, lambda: tell(ann, refund))

    with selling.start().api() as ann:
        assert ann.balance() == (100 if point == "refund.committed" else 160)
        outcomes = [tell(ann, refund).json()["outcome"] for _ in range(2)]
        assert outcomes[1] == "repeated"
        assert ann.balance() == 100
    assert selling.beside.count("ledger", kind="purchase_refund") == 1
