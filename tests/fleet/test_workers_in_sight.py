"""A worker with a port of its own says how it is, by the same calls as a server."""

import re
from collections.abc import Iterator

import pytest

from tests.support import web
from tests.support.api import Api, Body
from tests.support.machines import Machines
from tests.support.problems import assert_problem
from tests.support.server import ServerProcess
from tests.support.viewer import Viewer, wait_until

CHECKS = {"database": True, "redis": True, "disk": True, "accepting": True, "claims": True}


@pytest.fixture
def worker(fleet: Machines) -> Iterator[ServerProcess]:
    """The only one at work."""
    fleet.kill(*fleet.workers)
    fleet.let_leases_run_out()
    alone = fleet.another(at_http=False)
    alone.SAID = re.compile(r"takes runs.* at (http://[^/]+)/")
    try:
        yield alone.start(WORKER_PORT=0)
    finally:
        alone.stop()


@pytest.fixture
def ann(fleet: Machines) -> Api:
    return fleet.user()[0]


def checks(worker: ServerProcess) -> tuple[int, dict[str, bool]]:
    answer = web.get(f"{worker.url}/readyz")
    return answer.status_code, answer.json()["checks"]


def test_a_worker_is_alive_and_ready_and_counts_what_it_does(
    worker: ServerProcess, ann: Api
) -> None:
    wait_until(lambda: checks(worker) == (200, CHECKS))
    assert web.get(f"{worker.url}/healthz").json() == {"status": "alive"}

    ann.perform(Body("say 2"))

    counted = web.get(f"{worker.url}/metrics").text
    assert 'eryao_runs_ended_total{ending="succeeded"} 1.0' in counted
    assert "eryao_active_runs 0.0" in counted


def test_a_worker_answers_nothing_else(worker: ServerProcess) -> None:
    for path in ("/", "/docs", "/openapi.json", "/api/v1/points"):
        assert_problem(web.get(worker.url + path), "ROUTE_NOT_FOUND", 404)


def test_a_worker_that_cannot_claim_is_not_ready_until_it_can(
    fleet: Machines, worker: ServerProcess
) -> None:
    """Its database answers all else: only the claim tells."""
    wait_until(lambda: checks(worker)[0] == 200)

    with fleet.without_runs():
        wait_until(lambda: checks(worker) == (503, {**CHECKS, "claims": False}), seconds=10)
        assert web.get(f"{worker.url}/healthz").status_code == 200

    wait_until(lambda: checks(worker)[0] == 200, seconds=10)


def test_a_worker_that_drains_says_so_and_ends_what_it_has(worker: ServerProcess, ann: Api) -> None:
    body = Body("say 900 pace 20")
    with Viewer.starting(ann, body).seen("TEXT_MESSAGE_CONTENT", 3):
        worker.terminate()
        wait_until(lambda: checks(worker) == (503, {**CHECKS, "accepting": False}))
        assert web.get(f"{worker.url}/healthz").status_code == 200
        ann.cancel(body.run)
        assert ann.ended(body.run)["status"] == "cancelled"

    assert worker.wait() == 0


def test_a_port_that_is_taken_ends_a_worker_with_a_sentence(
    fleet: Machines, worker: ServerProcess
) -> None:
    second = fleet.another(at_http=False)
    second.settings["WORKER_PORT"] = worker.url.rpartition(":")[2]

    done = second.command("worker", "--json")

    assert done.returncode == 3
    assert "set ERYAO_WORKER_PORT." in done.stderr
    assert "Traceback" not in done.stderr
