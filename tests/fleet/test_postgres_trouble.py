"""Postgres is cut off under load and starts again: clients come back to runs that end, once."""

from contextlib import ExitStack

import pytest

from tests.support.api import Api, Body
from tests.support.follower import Follower
from tests.support.machines import Machines
from tests.support.postgres import PostgresServer
from tests.support.problems import assert_problem
from tests.support.viewer import at_once

# Machines start and stop here, more slowly than anything else.
pytestmark = pytest.mark.timeout(120)

RUNS = 12


def test_a_postgres_that_restarts_loses_no_run_and_no_point(
    fleet: Machines, postgres: PostgresServer
) -> None:
    users = [fleet.user() for _ in range(4)]
    asked = [(users[n % 4], Body(f"say {20 + 15 * n} pace 10")) for n in range(RUNS)]
    with ExitStack() as stack:
        clients = [
            stack.enter_context(Follower(doors, body, first=n))
            for n, (doors, body) in enumerate(asked)
        ]
        for client in clients:
            client.seen("TEXT_MESSAGE_CONTENT", 1)
        postgres.kill()
        here = users[0][0]
        refused = at_once(4, lambda _: here.start(Body()))
        told = fleet.checks()
        postgres.start()
        fleet.until_ready()
        endings = [client.ended()[-1] for client in clients]

    assert told["database"] is False
    for answer in refused:
        assert_problem(answer, "STORAGE_UNAVAILABLE", 503)
    assert {ending.data.get("code") for ending in endings} <= {None, "AGENT_WORKER_LOST"}
    for (doors, body), ending in zip(asked, endings, strict=True):
        run = doors[0].run(body.run)
        assert run["refunded"] is (ending.type == "RUN_ERROR")
    paid = sum(ending.type == "RUN_FINISHED" for ending in endings)
    assert sum(doors[0].balance() for doors in users) == 4_000 - 10 * paid
    assert ends_well(here)


def ends_well(api: Api) -> bool:
    return api.perform(Body())[-1].type == "RUN_FINISHED"
