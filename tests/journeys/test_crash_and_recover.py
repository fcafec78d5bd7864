"""kill -9 at every named point and at moments of chance: nothing is doubled, lost, or left open."""

import random
import signal
import time
from dataclasses import dataclass

import pytest

import runtime.app  # noqa: F401 - importing all parts registers all points
from storage.crashpoints import POINTS
from tests.journeys.test_attendance import TELLING
from tests.journeys.test_avatar import ADOPTING, PUTTING
from tests.journeys.test_effects_once import EFFECTS
from tests.journeys.test_erase_account import ERASING
from tests.journeys.test_invites import REDEEMING
from tests.journeys.test_purchase_crashes import PURCHASES
from tests.support.api import Api, Body, events_in, frames_in
from tests.support.server import ServerProcess
from tests.support.viewer import Viewer

TALK = "say 6 pace 15"
# Long enough for its first words to be kept before its end, whatever else the machine does.
SHOWN = "say 40 pace 15"
FAIL = "say 3 pace 15; fail error after 1"
LOOK_UP = 'say 2 pace 15; call look_up_text {"number":1,"part":"judgment"}; say 2'
SAVE = 'say 2; call save_reading {"title":"Kept"}; say 3'
FRESH, ANSWERED, LOST = ("succeeded", False), ("succeeded", True), ("failed", True)
ENDINGS = {"RUN_FINISHED", "RUN_ERROR"}
KILLS = 10
SEED = 20261120


@dataclass(frozen=True)
class Case:
    """Where to die, what is under way then, and what must have become of it after a restart."""

    point: str
    script: str
    status: str
    # Whether the run was in the books when the server died.
    kept: bool


CASES = [
    *(Case(point, TALK, *FRESH) for point in ("admit.session", "admit.charged", "admit.queued")),
    *(Case(point, TALK, *ANSWERED) for point in ("admit.committed", "admit.rung")),
    *(Case(point, TALK, *ANSWERED) for point in ("worker.claimed", "run.opened", "run.started")),
    # Words were shown that a second attempt would not repeat: the points go back.
    *(Case(point, SHOWN, *LOST) for point in ("run.answered", "settle.status", "settle.archived")),
    *(Case(point, TALK, *ANSWERED) for point in ("settle.committed", "run.shown")),
    *(Case(point, FAIL, *LOST) for point in ("settle.refunded", "settle.committed")),
    *(Case(point, LOOK_UP, *LOST) for point in ("tool.begun", "tool.recorded")),
]
DECISIONS = ["decide.recorded", "decide.committed", "tool.begun", "tool.done", "tool.recorded"]
# A commit of no matter whose work: the first few belong to the start.
COMMITS = ["commit.before:5", "commit.after:6"]


def named(case: Case) -> str:
    return f"{case.point}-{case.script.split(' ', 1)[0]}-{case.status}"


def test_every_point_of_the_product_is_crossed_here() -> None:
    """A case whose point is never reached fails by itself, as its server does not die."""
    crossed = {case.point for case in CASES} | {*DECISIONS}
    crossed |= {point.partition(":")[0] for point in COMMITS}
    crossed |= {*EFFECTS, *ERASING, *REDEEMING, *TELLING, *PUTTING, *ADOPTING}
    crossed |= {*PURCHASES}

    assert crossed == POINTS


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_run_survives_a_crash_at(case: Case, unstarted: ServerProcess) -> None:
    server = unstarted.start(CRASH_POINT=case.point)
    body = Body(case.script)
    seen = frames_until_death(server, body)

    with server.start().api() as ann:
        assert ann.get(f"/agent/runs/{body.run}").is_success is case.kept
        if not case.kept:
            assert ann.balance() == 100
            assert ann.get("/agent/sessions").json()["items"] == []
        run = recovered(ann, body, seen)
        assert run["status"] == case.status
        assert ann.balance() == (90 if case.status == "succeeded" else 100)
    assert not server.audit()["findings"]


@pytest.mark.parametrize("point", DECISIONS)
def test_a_decision_survives_a_crash_at(point: str, unstarted: ServerProcess) -> None:
    """The client repeats its decision: the tool has its effect once, the reading goes on once."""
    server = unstarted.start(CRASH_POINT=point)
    body = Body(SAVE)
    with server.api() as ann:
        ann.perform(body)
        call_id = ann.calls(body.run)[0]["toolCallId"]
        decided = Viewer(ann, "POST", decision_path(body, call_id), {"decision": "approve"})
        assert server.wait() == -signal.SIGKILL
        decided.leave()

    with server.start().api() as ann:
        taken = ann.decide(body.run, call_id)
        assert taken.status_code == 202, taken.text
        going_on = Body(thread=body.thread, run=taken.json()["runId"])
        assert ann.ended(going_on.run)["status"] == "succeeded"
        assert_whole(ann.log(going_on))
        results = [e for e in ann.follow(going_on) if e.type == "TOOL_CALL_RESULT"]
        assert [result.data["toolCallId"] for result in results] == [call_id]
        assert ann.call(body.run, call_id).json()["state"] == "completed"
        roles = [message["role"] for message in ann.session(body.thread)["messages"]]
        assert roles == ["user", "assistant", "tool", "assistant"]
        assert len(ann.session(body.thread)["runs"]) == 2
        assert ann.balance() == 90
    assert server.beside.count("saved_readings") == 1
    assert not server.audit()["findings"]


@pytest.mark.parametrize("point", COMMITS)
def test_a_run_survives_a_crash_around_a_commit(point: str, unstarted: ServerProcess) -> None:
    server = unstarted.start(CRASH_POINT=point)
    body = Body(TALK)
    seen = frames_until_death(server, body)

    with server.start().api() as ann:
        run = recovered(ann, body, seen)
        assert ann.balance() == (90 if run["status"] == "succeeded" else 100)
    assert not server.audit()["findings"]


def test_an_answer_to_an_approval_survives_a_crash(unstarted: ServerProcess) -> None:
    """The second run to be queued is the one that resumes: it dies before its commit."""
    server = unstarted.start(CRASH_POINT="admit.queued:2")
    body = Body(SAVE)
    with server.api() as ann:
        ann.perform(body)
        call_id = ann.calls(body.run)[0]["toolCallId"]
    answer = [
        {"interruptId": f"int-{call_id}", "status": "resolved", "payload": {"approved": True}}
    ]
    going_on = Body(mode="follow_up", thread=body.thread)
    resume = {"messages": [], "resume": answer}
    seen = frames_until_death(server, going_on, **resume)

    with server.start().api() as ann:
        assert ann.call(body.run, call_id).status_code == 202, "it waits as before"
        assert recovered(ann, going_on, seen, **resume)["status"] == "succeeded"
        assert ann.balance() == 90
    assert server.beside.count("saved_readings") == 1
    assert not server.audit()["findings"]


@pytest.mark.timeout(180)  # eleven starts, and all that lies between them
def test_kills_at_moments_of_chance_leave_nothing_open(unstarted: ServerProcess) -> None:
    """Five runs under way at each, one of them just approved to act."""
    chance = random.Random(SEED)
    server = unstarted.start()
    server.beside.set_balance("ann@example.com", 1_000)
    spent = 0
    waiting = Body(SAVE.replace("say 3", "say 15 pace 15"))
    for kill in range(KILLS):
        with server.api() as ann:
            ann.perform(waiting)
            call_id = ann.calls(waiting.run)[0]["toolCallId"]
            bodies = [
                Body(f"say {chance.randint(2, 40)} pace {chance.randint(5, 20)}") for _ in range(3)
            ]
            bodies.append(Body(LOOK_UP))
            viewers = [Viewer.starting(ann, body) for body in bodies[:3]]
            others = [
                Viewer(ann, "POST", decision_path(waiting, call_id), {"decision": "approve"}),
                Viewer(ann, "POST", "/agent/runs", bodies[3].json(), Accept="application/json"),
            ]
            time.sleep(chance.uniform(0, 0.45))  # the moment of chance itself
            server.kill()
            seen = [viewer.ended().frames for viewer in viewers] + [[]]
            for other in others:
                other.leave()
        with server.start().api() as ann:
            for body, frames in zip(bodies, seen, strict=True):
                spent += 0 if recovered(ann, body, frames)["refunded"] else 10
            continuation = ann.decide(waiting.run, call_id).json()["runId"]
            ended = ann.ended(continuation)
            assert_whole(ann.log(Body(thread=waiting.thread, run=continuation)))
            spent += 0 if ended["status"] == "failed" else 10
            saved = server.beside.count("saved_readings", session_id=waiting.thread)
            assert saved <= 1
            assert saved or ended["status"] == "failed"
            assert ann.balance() == 1_000 - spent, f"seed {SEED}, kill {kill}"
        waiting = Body(waiting.text)
    assert not server.audit()["findings"]


# --- within --------------------------------------------------------------------------------------


def frames_until_death(server: ServerProcess, body: Body, **changes: object) -> list[bytes]:
    """Start a run on a server that is about to die; what its client saw of it."""
    with server.api() as ann:
        return frames_at(ann, server, body, **changes)


def frames_at(ann: Api, server: ServerProcess, body: Body, **changes: object) -> list[bytes]:
    try:
        viewer = Viewer.starting(ann, body, **changes)
    except ConnectionError:
        assert server.wait() == -signal.SIGKILL
        return []
    assert server.wait() == -signal.SIGKILL
    return viewer.ended().frames


def recovered(ann: Api, body: Body, seen: list[bytes], **changes: object) -> dict[str, object]:
    """The run after its client has come back, both by its POST again and by its cursor."""
    with ann.stream(body, **changes) as response:
        assert response.status_code == 200, response.read()
        told = frames_in(b"".join(response.iter_raw()))
    run: dict[str, object] = ann.ended(body.run)
    log = ann.log(body)
    assert_whole(log)
    assert b"".join(told) == log
    assert b"".join(seen) == log[: sum(map(len, seen))], "what was seen is the log's beginning"
    if seen:
        cursor = events_in(seen[-1])[0].id
        with ann.following(body, cursor) as resumed:
            rest = frames_in(b"".join(resumed.iter_raw()))
        told_of = f"resumed after {cursor}, the last is {events_in(log)[-1].id}: {run}"
        assert resumed.status_code == (200 if rest else 204), told_of
        assert b"".join(seen + rest) == log
    assert run["refunded"] is (run["status"] == "failed")
    return run


def assert_whole(log: bytes) -> None:
    """Numbered without gaps, ended once, and by its last event."""
    events = events_in(log)
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert [event.type in ENDINGS for event in events] == [False] * (len(events) - 1) + [True]


def decision_path(body: Body, call_id: str) -> str:
    return f"/agent/runs/{body.run}/tool-calls/{call_id}/decision"
