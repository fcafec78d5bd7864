"""Asked for at one server, driven by a worker, followed at another; one set of stream places."""

import pytest

from tests.support.api import Api, Body
from tests.support.follower import Follower
from tests.support.machines import Machines
from tests.support.problems import assert_problem
from tests.support.viewer import Viewer, wait_until

# Machines start and stop here, more slowly than anything else.
pytestmark = pytest.mark.timeout(120)

SAVE = 'say 2; call save_reading {"title":"Kept"}; say 3'
LONG = "say 900 pace 20"
SLOT_SECONDS = 15


def test_a_reading_is_asked_for_here_and_read_there(fleet: Machines) -> None:
    here, there = fleet.user()
    body = Body("say 20 pace 10")

    asker = Viewer.starting(here, body).seen("RUN_STARTED")
    reader = Viewer.of(there, body).ended()
    asker.ended()

    assert asker.kinds[-1] == "RUN_FINISHED"
    assert b"".join(asker.frames) == b"".join(reader.frames) == here.log(body) == there.log(body)
    assert there.balance() == 990


def test_a_tool_is_approved_there_and_the_reading_goes_on(fleet: Machines) -> None:
    here, there = fleet.user()
    body = Body(SAVE)
    here.perform(body)
    call = there.calls(body.run)[0]["toolCallId"]

    decided = there.decide(body.run, call)

    assert decided.status_code == 202
    going_on = Body(thread=body.thread, run=decided.json()["runId"])
    assert here.follow(going_on)[-1].type == "RUN_FINISHED"
    assert_problem(here.decide(body.run, call, "reject"), "AGENT_APPROVAL_DECIDED", 409)
    assert fleet.beside.count("saved_readings", session_id=body.thread) == 1


def test_a_users_stream_places_are_counted_over_all_servers(fleet: Machines) -> None:
    here, there = fleet.user()
    body = Body(LONG)
    here.start(body)

    viewers = [Viewer.of(api, body).answered() for api in (here, there, here)]

    assert [viewer.status for viewer in viewers] == [200, 200, 200]
    assert [status_of(api, body) for api in (here, there)] == [429, 429]
    viewers[1].leave()
    wait_until(lambda: status_of(here, body) == 200)
    here.cancel(body.run)


def test_a_server_that_is_killed_gives_its_stream_places_back(fleet: Machines) -> None:
    """Its leases run out: time passes in Redis, and nobody renews them."""
    here, there = fleet.user()
    body = Body(LONG)
    here.start(body)
    for _ in range(3):
        Viewer.of(here, body).answered()
    fleet.kill(fleet.servers[0])
    assert status_of(there, body) == 429

    fleet.redis.age(SLOT_SECONDS)

    viewers = [Viewer.of(there, body).answered() for _ in range(3)]
    assert [viewer.status for viewer in viewers] == [200, 200, 200]
    assert status_of(there, body) == 429
    there.cancel(body.run)


def test_a_client_goes_on_at_the_other_server_when_its_own_is_killed(fleet: Machines) -> None:
    body = Body("say 60 pace 20")
    doors = fleet.user()

    with Follower(doors, body) as client:
        client.seen("TEXT_MESSAGE_CONTENT", 5)
        fleet.kill(fleet.servers[0])
        seen = client.ended()

    assert client.connections > 1
    assert [event.id for event in seen] == [event.id for event in doors[1].follow(body)]
    assert seen[-1].type == "RUN_FINISHED"


def test_a_frozen_server_loses_no_reader(fleet: Machines) -> None:
    body = Body("say 60 pace 20")
    doors = fleet.user()

    with Follower(doors, body) as client:
        client.seen("TEXT_MESSAGE_CONTENT", 5)
        fleet.freeze(fleet.servers[0])
        seen = client.ended()
        fleet.go_on(fleet.servers[0])

    assert [event.id for event in seen] == [event.id for event in doors[1].follow(body)]


def status_of(api: Api, body: Body) -> int:
    """What a further stream is answered with; it is left at once."""
    with Viewer.of(api, body) as viewer:
        return viewer.answered().status
