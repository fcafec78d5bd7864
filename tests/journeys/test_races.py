"""Fifty at once for what is scarce: a place, points, a decision, a stream."""

from collections import Counter

import httpx2
import pytest

from tests.support.api import Api, Body
from tests.support.problems import assert_problem
from tests.support.server import ServerProcess
from tests.support.viewer import Viewer, at_once, free_slots, wait_until
from tests.support.worlds import shared

__all__ = ["shared"]

RACERS = 50
SAVE = 'say 2; call save_reading {"title":"Race"}; say 3'


def codes(answers: list[httpx2.Response]) -> Counter[object]:
    return Counter(
        answer.json()["code"] if answer.status_code >= 400 else answer.status_code
        for answer in answers
    )


def test_of_fifty_follow_ups_one_gets_the_last_place(ann: Api) -> None:
    first = Body()
    ann.perform(first)
    racers = [first.follow_up("say 2") for _ in range(RACERS)]

    answers = at_once(RACERS, lambda n: ann.start(racers[n]))

    won = [body for body, answer in zip(racers, answers, strict=True) if answer.is_success]
    assert len(won) == 1
    assert codes(answers).keys() <= {202, "AGENT_SESSION_BUSY", "AGENT_SESSION_RUN_LIMIT_EXCEEDED"}
    assert ann.ended(won[0].run)["status"] == "succeeded"
    session = ann.session(first.thread)
    assert [run["runId"] for run in session["runs"]] == [first.run, won[0].run]
    assert (session["used"], len(session["messages"]), ann.balance()) == (2, 4, 85)


def test_of_fifty_first_messages_one_opens_the_session(ann: Api) -> None:
    racers = [Body("say 2", thread=Body().thread) for _ in range(RACERS)]
    for racer in racers:
        racer.thread = racers[0].thread

    answers = at_once(RACERS, lambda n: ann.start(racers[n]))

    assert sum(answer.is_success for answer in answers) == 1
    assert ann.balance() == 90


def test_of_fifty_runs_as_many_start_as_the_points_pay(ann: Api, shared: ServerProcess) -> None:
    shared.beside.set_balance(ann.email, 79)
    racers = [Body("say 1") for _ in range(RACERS)]

    answers = at_once(RACERS, lambda n: ann.start(racers[n]))

    assert codes(answers) == {202: 7, "POINTS_INSUFFICIENT_BALANCE": 43}
    for answer in answers:
        if not answer.is_success:
            problem = assert_problem(answer, "POINTS_INSUFFICIENT_BALANCE", 402)
            assert problem["price"] == 10
            assert problem["balance"] < 10 or problem["balance"] % 10 == 9
    assert ann.balance() == 9
    admitted = [body for body, answer in zip(racers, answers, strict=True) if answer.is_success]
    assert {ann.ended(body.run)["status"] for body in admitted} == {"succeeded"}
    assert len(ann.get("/agent/sessions?limit=100").json()["items"]) == 7


@pytest.mark.parametrize("round_number", range(3))
def test_of_fifty_decisions_one_stands(ann: Api, shared: ServerProcess, round_number: int) -> None:
    body = Body(SAVE)
    ann.perform(body)
    call_id = ann.calls(body.run)[0]["toolCallId"]
    says = ["approve" if (n + round_number) % 2 else "reject" for n in range(RACERS)]

    answers = at_once(RACERS, lambda n: ann.decide(body.run, call_id, says[n]))

    stood = {say for say, answer in zip(says, answers, strict=True) if answer.is_success}
    assert len(stood) == 1
    assert codes(answers) == {202: 25, "AGENT_APPROVAL_DECIDED": 25}
    continuations = {answer.json()["runId"] for answer in answers}
    assert len(continuations) == 1
    assert ann.ended(continuations.pop())["status"] == "succeeded"
    saved = shared.beside.count("saved_readings", session_id=body.thread)
    assert saved == (1 if stood == {"approve"} else 0)
    assert len(ann.session(body.thread)["runs"]) == 2
    assert ann.balance() == 90


def test_a_decision_and_a_resume_at_once_are_one_continuation(
    ann: Api, shared: ServerProcess
) -> None:
    body = Body(SAVE)
    ann.perform(body)
    call_id = ann.calls(body.run)[0]["toolCallId"]
    resume = [
        {"interruptId": f"int-{call_id}", "status": "resolved", "payload": {"approved": True}}
    ]

    def answer(number: int) -> httpx2.Response:
        if number % 2:
            return ann.decide(body.run, call_id)
        run = Body(mode="follow_up", thread=body.thread)
        return ann.start(run, messages=[], resume=resume)

    answers = at_once(20, answer)

    runs = ann.session(body.thread)["runs"]
    assert len(runs) == 2
    assert ann.ended(runs[1]["runId"])["status"] == "succeeded"
    assert shared.beside.count("saved_readings", session_id=body.thread) == 1
    for taken in answers:
        told = taken.json()
        assert told["runId"] == runs[1]["runId"] or told["code"] == "AGENT_APPROVAL_DECIDED"


def test_of_fifty_streams_three_get_a_slot(ann: Api) -> None:
    body = Body("say 400 pace 20")
    ann.start(body)

    viewers = at_once(RACERS, lambda _: Viewer.of(ann, body).answered())

    try:
        statuses = Counter(viewer.status for viewer in viewers)
        assert statuses == {200: 3, 429: RACERS - 3}
        refused = next(viewer for viewer in viewers if viewer.status == 429).ended()
        assert int(refused.headers["retry-after"]) == 5
        assert b'"retryAfter":5' in refused.raw
    finally:
        for viewer in viewers:
            viewer.leave()
    wait_until(lambda: free_slots(ann, body) == 3)
    ann.cancel(body.run)
