"""A hundred who watch one run over two servers do not hold up who writes it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.support.api import Api, Body, SeenEvent, events_in
from tests.support.machines import Machines
from tests.support.viewer import Viewer

# Machines start and stop here, more slowly than anything else.
pytestmark = pytest.mark.timeout(120)

VIEWERS = 100
PACED = "say 100 pace 15"
SLOWER = 2.0


def test_a_hundred_viewers_do_not_slow_a_run(fleet: Machines) -> None:
    with ExitStack() as stack:
        doors = [stack.enter_context(generous(fleet, one)) for one in fleet.user()]
        unseen, seen = Body(PACED), Body(PACED)
        alone = duration(doors[0].perform(unseen))

        doors[0].start(seen)
        viewers = [stack.enter_context(Viewer.of(doors[n % 2], seen)) for n in range(VIEWERS)]
        for viewer in viewers:
            viewer.ended()
        log = doors[1].log(seen)

    assert {b"".join(viewer.frames) for viewer in viewers} == {log}
    assert duration(events_in(log)) < alone * SLOWER, alone


def duration(events: list[SeenEvent]) -> int:
    """By the clock of who wrote them."""
    return int(events[-1].data["timestamp"] - events[0].data["timestamp"])


@contextmanager
def generous(fleet: Machines, user: Api) -> Iterator[Api]:
    """A server that lets one user have so many streams."""
    server = fleet.another(at_http=True)
    try:
        with Api(server.start(STREAMS_PER_USER=VIEWERS).url, user.token) as door:
            yield door
    finally:
        server.stop()
