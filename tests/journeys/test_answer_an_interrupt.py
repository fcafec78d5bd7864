"""The same answers as a run with `resume`, and the ways in which a question ends without one."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.api import Api, Body, text_of
from tests.support.approvals import (
    SAVE,
    SAVE_TWO,
    ask,
    entry,
    interrupts_in,
    result_of,
    resumed,
    state_of,
)
from tests.support.problems import assert_problem
from tests.support.server import Serve, ServerProcess
from tests.support.viewer import Viewer, wait_until

YES = {"approved": True}


def saved(server: ServerProcess, body: Body, **where: str) -> int:
    return server.beside.count("saved_readings", session_id=body.thread, **where)


# --- the protocol's own way -----------------------------------------------------------------------

ANSWERS: list[tuple[Any, str, str]] = [
    (YES, "resolved", "completed"),
    ({"approved": False}, "resolved", "rejected"),
    ({"approved": False, "reason": "no"}, "resolved", "rejected"),
    (YES, "cancelled", "rejected"),
    (None, "cancelled", "rejected"),
    # Anything but a clear yes is a no.
    (None, "resolved", "rejected"),
    ({"approved": "yes"}, "resolved", "rejected"),
    ({"approved": 1}, "resolved", "rejected"),
    ("yes", "resolved", "rejected"),
    ([True], "resolved", "rejected"),
]


@pytest.mark.parametrize(("payload", "status", "state"), ANSWERS)
def test_a_run_with_resume_goes_on_as_the_user_said(
    payload: Any, status: str, state: str, ann: Api, shared: ServerProcess
) -> None:
    body, (call_id,) = ask(ann)
    going_on, changes = resumed(body, entry(call_id, payload, status))

    events = ann.perform(going_on, **changes)

    assert events[0].data["parentRunId"] == body.run
    assert state_of(result_of(events, call_id)) == state
    assert len(text_of(events).split()) == 3
    assert events[-1].data["outcome"] == {"type": "success"}
    assert saved(shared, body) == (state == "completed")
    assert ann.run(going_on.run)["price"] == 0
    assert (ann.session(body.thread)["used"], ann.balance()) == (1, 90)


def test_an_answer_needs_no_mode(ann: Api) -> None:
    body, (call_id,) = ask(ann)
    going_on, changes = resumed(body, entry(call_id, YES))

    answer = ann.start(going_on, **changes, forwardedProps=None)

    assert (answer.status_code, answer.json()["price"]) == (202, 0)


def test_edited_arguments_may_come_with_the_answer(ann: Api, shared: ServerProcess) -> None:
    body, (call_id,) = ask(ann)
    wrong, changes = resumed(body, entry(call_id, {**YES, "editedArgs": {"title": ""}}))
    refused = assert_problem(ann.start(wrong, **changes), "AGENT_DECISION_INVALID", 422)
    assert [e["pointer"] for e in refused["errors"]] == ["/resume/0/payload/editedArgs/title"]

    going_on, changes = resumed(body, entry(call_id, {**YES, "editedArgs": {"title": "Mine"}}))
    ann.perform(going_on, **changes)

    assert saved(shared, body, title="Mine") == 1


def test_the_same_answer_again_is_the_same_run(ann: Api, shared: ServerProcess) -> None:
    body, (call_id,) = ask(ann)
    going_on, changes = resumed(body, entry(call_id, YES))
    first = ann.perform(going_on, **changes)

    assert ann.perform(going_on, **changes) == first
    assert ann.start(going_on, **changes).json()["status"] == "succeeded"
    _, other = resumed(body, entry(call_id, {"approved": False}))
    assert_problem(ann.start(going_on, **other), "AGENT_PAYLOAD_INVALID", 422)
    assert saved(shared, body) == 1


def test_every_open_question_needs_its_answer(ann: Api, shared: ServerProcess) -> None:
    body, (one, two) = ask(ann, SAVE_TWO)

    for entries in ([entry(one, YES)], [entry("0" * 8, YES)]):
        going_on, changes = resumed(body, *entries)
        problem = assert_problem(ann.start(going_on, **changes), "AGENT_SESSION_BUSY", 409)
        assert [i["toolCallId"] for i in problem["interrupts"]] == [one, two]
    assert ann.call(body.run, one).status_code == 202
    going_on, changes = resumed(body, entry(one, YES), entry(two, YES), entry("gone", YES))
    events = ann.perform(going_on, **changes)

    assert [state_of(result_of(events, call)) for call in (one, two)] == ["completed"] * 2
    assert saved(shared, body) == 2


def test_an_answer_that_comes_after_the_decision_is_told_so(ann: Api) -> None:
    body, (call_id,) = ask(ann)
    run_id = ann.decide(body.run, call_id).json()["runId"]
    ann.ended(run_id)
    going_on, changes = resumed(body, entry(call_id, YES))

    problem = assert_problem(ann.start(going_on, **changes), "AGENT_APPROVAL_DECIDED", 409)

    assert problem["runId"] == run_id
    nothing, changes = resumed(body, entry("gone", YES))
    assert_problem(ann.start(nothing, **changes), "AGENT_DECISION_INVALID", 422)


def test_nobody_answers_for_another(ann: Api, bob: Api) -> None:
    body, (call_id,) = ask(ann)
    going_on, changes = resumed(body, entry(call_id, YES))

    assert_problem(bob.start(going_on, **changes), "AGENT_FORBIDDEN", 403)

    assert ann.call(body.run, call_id).status_code == 202


# --- when it goes wrong after the yes -------------------------------------------------------------

BREAKS = 'say 2; call save_reading {"title":"Kept"}; say 1; fail error after 1'


def test_a_continuation_that_fails_gives_the_first_runs_points_back(ann: Api) -> None:
    body, (call_id,) = ask(ann, BREAKS)

    run_id = ann.decide(body.run, call_id).json()["runId"]
    events = ann.follow(Body(thread=body.thread, run=run_id))

    assert events[-1].data["code"] == "AGENT_MODEL_UNAVAILABLE"
    assert ann.ended(run_id)["status"] == "failed"
    assert ann.run(body.run)["refunded"] is True
    assert ann.balance() == 100
    session = ann.session(body.thread)
    assert (session["used"], session["interrupts"]) == (0, [])
    assert ann.perform(Body("say 2", thread=body.thread))[-1].type == "RUN_FINISHED"


def test_a_continuation_that_fails_leaves_no_half_of_the_conversation(ann: Api) -> None:
    """Its first run was given back and is not part of the history; so nor can its second be."""
    body, (call_id,) = ask(ann, BREAKS)
    run_id = ann.decide(body.run, call_id).json()["runId"]
    ann.ended(run_id)

    ann.perform(Body("say 2", thread=body.thread))

    messages = ann.session(body.thread)["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant"]


def test_a_continuation_called_off_before_any_word_gives_the_points_back(
    ann: Api, shared: ServerProcess
) -> None:
    """Neither run had said anything; what the user approved has happened nevertheless."""
    body, (call_id,) = ask(ann, 'call save_reading {"title":"Kept"}; think 2; fail stall')
    run_id = ann.decide(body.run, call_id).json()["runId"]
    with Viewer.of(ann, Body(thread=body.thread, run=run_id)).seen("REASONING_START"):
        ann.cancel(run_id)

    assert ann.ended(run_id)["status"] == "cancelled"
    assert ann.run(body.run)["refunded"] is True
    assert (saved(shared, body), ann.session(body.thread)["used"], ann.balance()) == (1, 0, 100)


def test_a_continuation_called_off_after_the_first_word_is_paid(ann: Api) -> None:
    body, (call_id,) = ask(ann, 'say 1; call save_reading {"title":"Kept"}; think 2; fail stall')
    run_id = ann.decide(body.run, call_id).json()["runId"]
    with Viewer.of(ann, Body(thread=body.thread, run=run_id)).seen("REASONING_START"):
        ann.cancel(run_id)

    assert ann.ended(run_id)["status"] == "cancelled"
    assert (ann.run(body.run)["refunded"], ann.balance()) == (False, 90)


def test_a_server_that_restarts_meanwhile_still_knows_the_question(
    unstarted: ServerProcess,
) -> None:
    with unstarted.start().api() as ann:
        body = Body(SAVE)
        asked = interrupts_in(ann.perform(body))
    unstarted.kill()

    with unstarted.start().api() as ann:
        assert_problem(ann.start(body.follow_up()), "AGENT_SESSION_BUSY", 409)
        call_id = asked[0]["toolCallId"]
        run_id = ann.decide(body.run, call_id).json()["runId"]
        assert ann.ended(run_id)["status"] == "succeeded"
        assert (saved(unstarted, body), ann.balance()) == (1, 90)
    assert not unstarted.audit()["findings"]


# --- without an answer ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "left", "used"), [(SAVE, 90, 1), (SAVE_TWO, 100, 0)], ids=["spoken", "silent"]
)
def test_calling_a_waiting_run_off_frees_its_session(
    script: str, left: int, used: int, ann: Api, shared: ServerProcess
) -> None:
    """What it had said is paid; a run that only asked is given back."""
    body, calls = ask(ann, script)

    answer = ann.cancel(body.run)

    assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")
    assert ann.cancel(body.run).json()["status"] == "cancelled"
    for call_id in calls:
        assert_problem(ann.call(body.run, call_id), "TOOL_REJECTED", 403)
        assert_problem(ann.decide(body.run, call_id), "AGENT_APPROVAL_DECIDED", 409)
    session = ann.session(body.thread)
    assert (session["used"], session["interrupts"]) == (used, [])
    assert ann.balance() == left
    assert ann.restore(body.thread)[-1]["outcome"] == {"type": "cancelled"}
    # What was paid may be followed up; what was given back is begun again.
    again = body.follow_up("say 1") if used else Body("say 1", thread=body.thread)
    assert ann.perform(again)[-1].type == "RUN_FINISHED"
    assert saved(shared, body) == 0


def went_on(ann: Api, asked: Body) -> Any:
    """The run that came of its own after the one that asked, at its end."""
    wait_until(lambda: len(ann.session(asked.thread)["runs"]) == 2)
    return ann.ended(ann.session(asked.thread)["runs"][1]["runId"])


def test_a_question_that_nobody_answers_is_a_no_and_the_server_goes_on(serve: Serve) -> None:
    server = serve(APPROVAL_SECONDS=0.5)
    with server.api() as ann:
        body, (call_id,) = ask(ann)
        late, (late_call,) = ask(ann)
        (waiting,) = ann.session(late.thread)["interrupts"]
        over = datetime.fromisoformat(waiting["expiresAt"])
        wait_until(lambda: datetime.now(UTC) > over)
        # From that moment on, whether the sweep has been there or not.
        assert_problem(ann.decide(late.run, late_call), "AGENT_APPROVAL_EXPIRED", 409)
        going_on, changes = resumed(late, entry(late_call, YES))
        run, _ = [went_on(ann, asked) for asked in (body, late)]

        assert_problem(ann.start(going_on, **changes), "AGENT_APPROVAL_EXPIRED", 409)
        assert run["status"] == "succeeded"
        with Viewer.of(ann, Body(thread=body.thread, run=run["runId"])) as viewer:
            events = viewer.ended().events
        assert state_of(result_of(events, call_id)) == "expired"
        assert len(text_of(events).split()) == 3
        assert_problem(ann.call(body.run, call_id), "TOOL_REJECTED", 403)
        assert (saved(server, body), ann.balance()) == (0, 80)
        assert ann.perform(body.follow_up("say 1"))[-1].type == "RUN_FINISHED"
    assert not server.audit()["findings"]
