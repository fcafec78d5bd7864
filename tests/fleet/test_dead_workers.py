"""Workers that die or freeze: what they left is ended once, and what they say later is not heard."""

import signal
from collections.abc import Iterator

import pytest

from tests.support.api import Api, Body
from tests.support.follower import Follower
from tests.support.machines import Machines, until_frozen
from tests.support.server import ServerProcess
from tests.support.viewer import wait_until

TALK = "say 20 pace 10"


@pytest.fixture
def other(fleet: Machines) -> Iterator[ServerProcess]:
    """One worker sleeps while it has nothing to do, so that the first one takes what comes."""
    fleet.freeze(fleet.workers[1])
    yield fleet.workers[1]
    fleet.go_on(fleet.workers[1])


@pytest.mark.timeout(60)
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


@pytest.mark.timeout(60)
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


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("point", "ending"), [("run.started", "RUN_FINISHED"), ("run.answered", "RUN_ERROR")]
)
def test_a_worker_that_slept_past_its_lease_writes_no_word(
    fleet: Machines, other: ServerProcess, point: str, ending: str
) -> None:
    """It wakes with a word, or with an ending, on its tongue: neither the log nor the books take
    it, although another worker is at the same run, or has just ended it."""
    sleeper = fleet.workers[0]
    fleet.restart(sleeper, FREEZE_POINT=point)
    doors, body = fleet.user(), Body("say 100 pace 20")

    with Follower(doors, body) as client:
        until_frozen(sleeper)
        fleet.go_on(other)
        if ending == "RUN_FINISHED":
            client.seen("TEXT_MESSAGE_CONTENT", 5)  # the other one's
        else:
            client.ended()
        before = told(doors[0], body)
        sleeper.signal(signal.SIGCONT)
        until_refused(sleeper, body)
        seen = client.ended()

    assert seen[-1].type == ending
    assert [event.id for event in doors[1].follow(body)] == [event.id for event in seen]
    run, entries = told(doors[0], body)
    assert run["attempt"] == 2
    if ending == "RUN_ERROR":
        assert (run, entries) == before
    assert doors[0].balance() == (990 if ending == "RUN_FINISHED" else 1_000)


def told(api: Api, body: Body) -> tuple[dict[str, object], object]:
    """What the run and the ledger say."""
    return api.run(body.run), api.get("/points/ledger").json()["items"]


def until_refused(sleeper: ServerProcess, body: Body) -> None:
    """It has tried, and was told that the run is not its own any more."""
    said = "a run is another worker's now"
    wait_until(lambda: any(said in line and body.run in line for line in sleeper.lines))
