"""Every machine is restarted in turn while runs go on: their clients notice nothing."""

from contextlib import ExitStack

import pytest

from tests.support.api import Body
from tests.support.follower import Follower
from tests.support.machines import Machines

# Machines start and stop here, more slowly than anything else.
pytestmark = pytest.mark.timeout(120)

RUNS = 5


def test_a_deploy_loses_no_run_and_no_event(fleet: Machines) -> None:
    """More runs are asked for at each step, wherever the client gets in."""
    doors = fleet.user(points=10_000)
    bodies: list[Body] = []
    with ExitStack() as stack:

        def ask(first: int) -> Follower:
            # Its places are its user's: each has one of its own.
            body = Body("say 150 pace 20")
            bodies.append(body)
            return stack.enter_context(Follower(fleet.user(), body, first=first))

        clients = [ask(number) for number in range(RUNS)]
        for client in clients:
            client.seen("TEXT_MESSAGE_CONTENT", 3)
        for machine in fleet.all:
            fleet.restart(machine)
            clients.append(ask(len(clients)))
        endings = [client.ended()[-1] for client in clients]

    assert {ending.type for ending in endings} == {"RUN_FINISHED"}
    assert sum(client.connections for client in clients) > len(clients)
    assert doors[0].balance() == 10_000
    assert not [line for machine in fleet.all for line in machine.lines if "Traceback" in line]
