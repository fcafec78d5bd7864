"""Workers that die or sleep: their runs end once, and what they say later is not heard."""

import signal
from collections.abc import Iterator

import pytest

from tests.support.api import Api, Body
from tests.support.follower import Follower
from tests.support.machines import Machines, until_frozen
from tests.support.server import ServerProcess

# Machines start and stop here, more slowly than anything else.
pytestmark = pytest.mark.timeout(120)

TALK = "say 20 pace 10"


@pytest.fixture
def other(fleet: Machines) -> Iterator[ServerProcess]:
    """One worker sleeps while it has nothing to do, so that the first one takes what comes."""
    fleet.freeze(fleet.workers[1])
    yield fleet.workers[1]
    fleet.go_on(fleet.workers[1])


def test_a_run_that_had_only_begun_is_taken_over(fleet: Machines, other: ServerProcess) -> None:
    first = fleet.workers[0]
    fleet.restart(first, CRASH_POINT="run.started")
    doors, body = fleet.user(), Body(TALK)

    with Follower(doors, body) as client:
        assert first.wait() == -signal.SIGKILL
        fleet.go_on(other)
        seen = client.ended()

    assert seen[-1].type == "RUN_FINISHED"
    assert client.kinds.count("RUN_STARTED") == 1
    assert doors[0].balance() == 990


def test_a_run_whose_words_were_shown_ends_with_an_error_and_the_points_back(
    fleet: Machines, other: ServerProcess
) -> None:
    doors, body = fleet.user(), Body("say 900 pace 20")

    with Follower(doors, body) as client:
        client.seen("TEXT_MESSAGE_CONTENT", 3)
        fleet.kill(fleet.workers[0])
        fleet.go_on(other)
        ending = client.ended()[-1]

    assert (ending.type, ending.data["code"]) == ("RUN_ERROR", "AGENT_WORKER_LOST")
    assert doors[1].run(body.run)["refunded"] is True
    assert doors[1].balance() == 1_000


def test_an_ending_that_comes_after_the_lease_changes_nothing(
    fleet: Machines, other: ServerProcess
) -> None:
    """The worker sleeps when it has the whole answer and wakes to settle: the run is over, and
    its points are with its user again."""
    sleeper = fleet.workers[0]
    fleet.restart(sleeper, FREEZE_POINT="run.answered")
    (here, there), body = fleet.user(), Body(TALK)

    with Follower([here, there], body) as client:
        until_frozen(sleeper)
        fleet.go_on(other)
        assert client.ended()[-1].data["code"] == "AGENT_WORKER_LOST"
    before = here.run(body.run), here.log(body), entries(here)
    fleet.freeze(other)
    fleet.go_on(sleeper)
    drive_one_more(there)

    assert (here.run(body.run), here.log(body), entries(here)[1:]) == before
    assert here.balance() == 990


def test_words_that_come_after_the_lease_are_not_heard(fleet: Machines) -> None:
    """Both sleep before their first word; the earlier one wakes first, and has the more to say."""
    sleeper, other = fleet.workers
    fleet.restart(other, FREEZE_POINT="run.started")
    fleet.freeze(other)
    fleet.restart(sleeper, FREEZE_POINT="run.started")
    doors, body = fleet.user(), Body("say 80; say 20 pace 10")

    with Follower(doors, body) as client:
        until_frozen(sleeper)
        fleet.go_on(other)
        until_frozen(other)
        fleet.go_on(sleeper)
        drive_one_more(doors[1])
        heard = list(client.events)
        fleet.go_on(other)
        seen = client.ended()

    assert heard == []
    assert seen[-1].type == "RUN_FINISHED"
    assert [event.id for event in doors[1].follow(body)] == [event.id for event in seen]
    assert doors[0].balance() == 980


def drive_one_more(api: Api) -> None:
    """The sleeper alone is there to do it: by then it has said what it had to say."""
    assert api.perform(Body("say 2"))[-1].type == "RUN_FINISHED"


def entries(api: Api) -> list[object]:
    return list(api.get("/points/ledger").json()["items"])
