"""A hundred who watch one run over two servers do not hold up who writes it."""

import time
from contextlib import ExitStack

import pytest

from tests.support.api import Api, Body
from tests.support.machines import Machines
from tests.support.viewer import Viewer

# Machines start and stop here, more slowly than anything else.
pytestmark = pytest.mark.timeout(120)

VIEWERS = 100
PACED = "say 100 pace 15"
SLOWER = 2.0


def test_a_hundred_viewers_do_not_slow_a_run(fleet: Machines) -> None:
    for server in fleet.servers:
        fleet.restart(server, STREAMS_PER_USER=VIEWERS)
    doors = fleet.user()
    unseen, seen = Body(PACED), Body(PACED)
    alone = seconds_of(doors[0], unseen)

    with ExitStack() as stack:
        started = time.monotonic()
        doors[0].start(seen)
        viewers = [stack.enter_context(Viewer.of(doors[n % 2], seen)) for n in range(VIEWERS)]
        for viewer in viewers:
            viewer.ended()
        watched = time.monotonic() - started

    assert {b"".join(viewer.frames) for viewer in viewers} == {doors[1].log(seen)}
    assert watched < alone * SLOWER, (watched, alone)


def seconds_of(api: Api, body: Body) -> float:
    started = time.monotonic()
    api.start(body)
    api.ended(body.run)
    return time.monotonic() - started
