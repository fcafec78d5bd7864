"""A third of the named points each day: the process that passes one dies, the fleet goes on."""

import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import pytest

from tests.journeys.test_crash_and_recover import (
    CASES,
    DECISIONS,
    SAVE,
    Case,
    assert_whole,
    decision_path,
    frames_at,
    named,
)
from tests.support.api import Api, Body
from tests.support.follower import Follower
from tests.support.machines import Machines
from tests.support.server import HttpProcess, ServerProcess
from tests.support.viewer import Viewer

# Machines start and stop here, more slowly than anything else.
pytestmark = pytest.mark.timeout(120)

AT_HTTP = ("admit.", "decide.")
# The day says which, so that three days see all of them.
TURN = datetime.now(UTC).toordinal() % 3
# Servers die last: a run that they leave in the queue is not for a worker that is about to die.
POINTS = sorted(CASES[TURN::3], key=lambda case: case.point.startswith(AT_HTTP))
DECIDED = DECISIONS[TURN::3]


@contextmanager
def asleep(fleet: Machines, points: Sequence[str]) -> Iterator[Sequence[ServerProcess]]:
    """One process for each point, to be woken when its turn has come to die."""
    made = [fleet.another(at_http=point.startswith(AT_HTTP)) for point in points]

    def start(number: int) -> None:
        made[number].start(CRASH_POINT=points[number], LEASE_SECONDS=600)
        fleet.freeze(made[number])

    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(start, range(len(made))))
        yield made
    finally:
        for process in made:
            process.stop()


def test_runs_survive_crashes_at_todays_points(fleet: Machines) -> None:
    users = [fleet.user() for _ in POINTS]
    bodies = [Body(case.script) for case in POINTS]
    with asleep(fleet, [case.point for case in POINTS]) as dying:
        fleet.freeze(*fleet.workers)
        seen = [
            crash(fleet, process, case, user, body)
            for process, case, user, body in zip(dying, POINTS, users, bodies, strict=True)
        ]
    fleet.let_leases_run_out()
    fleet.go_on(*fleet.workers)

    with ExitStack() as stack:
        for client in [
            stack.enter_context(Follower(user, body))
            for user, body in zip(users, bodies, strict=True)
        ]:
            client.ended()
    for case, (here, there), body, frames in zip(POINTS, users, bodies, seen, strict=True):
        log, run = there.log(body), here.run(body.run)
        assert_whole(log)
        assert b"".join(frames) == log[: sum(map(len, frames))], named(case)
        told = (named(case), run, fleet.said(body.run))
        assert (run["status"], run["refunded"]) == (case.status, case.status == "failed"), told
        assert here.balance() == (990 if case.status == "succeeded" else 1_000), named(case)


def test_decisions_survive_crashes_at_todays_points(fleet: Machines) -> None:
    with asleep(fleet, DECIDED) as dying:
        for point, process in zip(DECIDED, dying, strict=True):
            here, there = fleet.user()
            body = Body(SAVE)
            here.perform(body)
            call = here.calls(body.run)[0]["toolCallId"]
            fleet.freeze(*fleet.workers)

            fleet.go_on(process)
            decide_and_die(process, here, decision_path(body, call))
            fleet.let_leases_run_out()
            fleet.go_on(*fleet.workers)

            taken = there.decide(body.run, call)
            assert taken.status_code == 202, (point, taken.text)
            going_on = Body(thread=body.thread, run=taken.json()["runId"])
            assert here.ended(going_on.run)["status"] == "succeeded", point
            assert_whole(there.log(going_on))
            assert fleet.beside.count("saved_readings", session_id=body.thread) == 1, point
            assert here.balance() == 990


def decide_and_die(process: ServerProcess, user: Api, path: str) -> None:
    url = process.url if isinstance(process, HttpProcess) else user.url
    with (
        Api(url, user.token) as door,
        Viewer(door, "POST", path, {"decision": "approve"}),
    ):
        assert process.wait() == -signal.SIGKILL


def crash(
    fleet: Machines, process: ServerProcess, case: Case, user: Sequence[Api], body: Body
) -> list[bytes]:
    """Let it pass its point with a run of its own; what a client saw until then."""
    fleet.go_on(process)
    here, there = user
    if isinstance(process, HttpProcess):
        with Api(process.url, here.token) as door:
            seen = frames_at(door, process, body)
        assert there.get(f"/agent/runs/{body.run}").is_success is case.kept, named(case)
        return seen
    with Viewer.starting(here, body) as viewer:
        assert process.wait() == -signal.SIGKILL, named(case)
        return viewer.frames
