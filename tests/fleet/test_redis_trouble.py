"""Redis is emptied, dies or is away: runs end or go on, and nobody waits for ever."""

from contextlib import ExitStack

import pytest

from tests.support.api import Body
from tests.support.follower import Follower
from tests.support.machines import Machines
from tests.support.viewer import wait_until

# Machines start and stop here, more slowly than anything else.
pytestmark = pytest.mark.timeout(120)

LONG = "say 900 pace 20"
WELL = {"database": True, "redis": True, "disk": True, "accepting": True}
AWAY = {**WELL, "redis": False}


def test_runs_whose_words_redis_forgot_end_with_an_error_and_the_points_back(
    fleet: Machines,
) -> None:
    doors = fleet.user()
    bodies = [Body(LONG), Body(LONG)]

    with Follower(doors, bodies[0]) as one, Follower(doors, bodies[1], first=1) as other:
        for client in (one, other):
            client.seen("TEXT_MESSAGE_CONTENT", 3)
        fleet.redis.flush()
        endings = [client.ended()[-1] for client in (one, other)]

    assert {ending.data.get("code") for ending in endings} == {"AGENT_WORKER_LOST"}
    assert doors[0].balance() == 1_000
    assert doors[1].perform(Body())[-1].type == "RUN_FINISHED"


def test_while_redis_is_away_what_is_finished_is_told_and_what_is_new_waits(
    fleet: Machines,
) -> None:
    """Runs are admitted and wait for their turn; one that was under way goes on as it was."""
    here, there = fleet.user()
    finished, under_way, new = Body(), Body("say 100 pace 20"), Body()
    here.perform(finished)

    with ExitStack() as stack:
        client = stack.enter_context(Follower([here, there], under_way))
        client.seen("TEXT_MESSAGE_CONTENT", 3)
        fleet.redis.kill()
        log = there.follow(finished)
        told = [fleet.checks(number) for number in range(2)]
        admitted = there.start(new)
        waiting = stack.enter_context(Follower([there, here], new, posts=False))
        wait_until(lambda: any("could not begin" in line for line in fleet.said(new.run)))
        fleet.redis.start()
        fleet.until_ready()
        endings = [client.ended()[-1].type, waiting.ended()[-1].type]

    assert log[-1].type == "RUN_FINISHED"
    assert told == [AWAY, AWAY]
    assert admitted.status_code == 202
    assert endings == ["RUN_FINISHED", "RUN_FINISHED"]
    assert here.balance() == 970


def test_a_redis_that_comes_back_empty_loses_no_points(fleet: Machines) -> None:
    (here, there), body = fleet.user(), Body(LONG)

    with Follower([here, there], body) as client:
        client.seen("TEXT_MESSAGE_CONTENT", 3)
        fleet.redis.kill()
        fleet.redis.forget()
        fleet.redis.start()
        ending = client.ended()[-1]

    assert ending.data["code"] == "AGENT_WORKER_LOST"
    assert there.balance() == 1_000
    fleet.until_ready()
    assert there.perform(Body())[-1].type == "RUN_FINISHED"


def test_a_redis_that_hangs_stops_nothing(fleet: Machines) -> None:
    """It keeps its connections open and says nothing, as a network that drops packets does."""
    (here, there), body = fleet.user(), Body("say 100 pace 20")

    with Follower([here, there], body) as client:
        client.seen("TEXT_MESSAGE_CONTENT", 3)
        fleet.redis.hang()
        wait_until(lambda: fleet.checks() == AWAY)
        admitted = there.start(new := Body())
        fleet.redis.go_on()
        assert client.ended()[-1].type == "RUN_FINISHED"

    assert admitted.status_code == 202
    assert there.ended(new.run)["status"] == "succeeded"
