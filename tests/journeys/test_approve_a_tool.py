"""A tool that asks first: the question, the user's word by the decision call, and what follows."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from tests.support.api import Api, Body, text_of
from tests.support.approvals import SAVE, SAVE_TWO, ask, interrupts_in, result_of, state_of
from tests.support.problems import assert_problem
from tests.support.server import ServerProcess
from tests.support.worlds import shared

__all__ = ["shared"]


def saved(server: ServerProcess, body: Body, **where: str) -> int:
    return server.beside.count("saved_readings", session_id=body.thread, **where)


def continuation(api: Api, body: Body, taken: Any) -> Body:
    """The run that goes on after a decision, as one that can be followed."""
    assert taken.status_code == 202, taken.text
    told = taken.json()
    url = f"/api/v1/agent/sessions/{body.thread}/events?runId={told['runId']}"
    assert told["eventsUrl"] == url
    return Body(thread=body.thread, run=told["runId"])


# --- the question -------------------------------------------------------------------------------


def test_a_run_that_needs_a_yes_ends_with_an_interrupt(ann: Api, shared: ServerProcess) -> None:
    body = Body(SAVE)

    events = ann.perform(body)

    (interrupt,) = interrupts_in(events)
    (call,) = ann.calls(body.run)
    assert interrupt["id"] == f"int-{call['toolCallId']}"
    assert interrupt["reason"] == "tool_call"
    assert interrupt["toolCallId"] == call["toolCallId"]
    assert "Kept" in interrupt["message"]
    assert interrupt["message"] == call["question"]
    asked = {"toolName": "save_reading", "arguments": {"title": "Kept", "note": ""}}
    assert interrupt["metadata"] == {"eryao": asked}
    assert events[-4].data["content"]["arguments"] == asked["arguments"]
    assert interrupt["responseSchema"]["required"] == ["approved"]
    edits = interrupt["responseSchema"]["properties"]["editedArgs"]
    assert set(edits["properties"]) == {"title", "note"}
    ends = datetime.fromisoformat(interrupt["expiresAt"]) - datetime.now(UTC)
    assert 880 < ends.total_seconds() <= 900
    kinds = [event.type for event in events]
    assert kinds[-4:] == [
        "ACTIVITY_SNAPSHOT",
        "STATE_SNAPSHOT",
        "MESSAGES_SNAPSHOT",
        "RUN_FINISHED",
    ]
    assert events[-4].data["content"]["state"] == "TOOL_PENDING_APPROVAL"
    assert ann.run(body.run)["status"] == "interrupted"
    assert (ann.balance(), saved(shared, body)) == (90, 0)


def test_a_waiting_call_says_that_it_waits(ann: Api) -> None:
    body, (call_id,) = ask(ann)

    answer = ann.call(body.run, call_id)

    told = answer.json()
    assert answer.status_code == 202
    assert told["code"] == "TOOL_PENDING_APPROVAL"
    assert (told["state"], told["name"]) == ("waiting", "save_reading")
    assert told["arguments"] == {"title": "Kept"}
    assert told["interrupt"]["toolCallId"] == call_id


def test_the_open_question_is_the_same_wherever_it_is_told(ann: Api) -> None:
    """In the run's end, the session, a fresh client's stream, the call, and a refusal."""
    body = Body(SAVE)
    events = ann.perform(body)
    asked = interrupts_in(events)

    connected = ann.restore(body.thread)
    refused = ann.start(body.follow_up())

    assert refused.json()["interrupts"] == asked
    assert ann.call(body.run, asked[0]["toolCallId"]).json()["interrupt"] == asked[0]
    assert ann.session(body.thread)["interrupts"] == asked
    assert connected[-1]["outcome"]["interrupts"] == asked


def test_a_new_message_must_wait_until_the_question_is_answered(ann: Api) -> None:
    body, (call_id,) = ask(ann)

    for message in (body.follow_up(), Body(thread=body.thread)):
        problem = assert_problem(ann.start(message), "AGENT_SESSION_BUSY", 409)
        assert problem["runId"] == body.run
        assert [interrupt["toolCallId"] for interrupt in problem["interrupts"]] == [call_id]
    assert ann.balance() == 90


# --- yes ----------------------------------------------------------------------------------------


def test_an_approved_call_is_made_once_and_the_reading_goes_on_by_itself(
    ann: Api, shared: ServerProcess
) -> None:
    body, (call_id,) = ask(ann)

    going_on = continuation(ann, body, ann.decide(body.run, call_id))
    events = ann.follow(going_on)

    assert events[0].data["parentRunId"] == body.run
    assert state_of(result_of(events, call_id)) == "completed"
    assert len(text_of(events).split()) == 3
    assert events[-1].data["outcome"] == {"type": "success"}
    card = next(event for event in events if event.type == "ACTIVITY_DELTA")
    assert card.data["patch"][0]["value"] == "TOOL_COMPLETED"
    call = ann.call(body.run, call_id)
    assert (call.status_code, call.json()["state"]) == (200, "completed")
    assert call.json()["result"] == result_of(events, call_id).data["content"]
    assert call.json()["continuedBy"] == going_on.run
    assert saved(shared, body, title="Kept") == 1
    run = ann.run(going_on.run)
    assert (run["kind"], run["price"], run["parentRunId"]) == ("resume", 0, body.run)
    session = ann.session(body.thread)
    roles = [message["role"] for message in session["messages"]]
    assert roles == ["user", "assistant", "tool", "assistant"]
    assert (session["used"], session["interrupts"], ann.balance()) == (1, [], 90)


def test_an_answered_question_takes_no_place_of_the_sessions_messages(ann: Api) -> None:
    body, (call_id,) = ask(ann)
    ann.follow(continuation(ann, body, ann.decide(body.run, call_id)))

    ann.perform(body.follow_up())

    refused = ann.start(body.follow_up())
    assert assert_problem(refused, "AGENT_SESSION_RUN_LIMIT_EXCEEDED", 409)["used"] == 2


def test_edited_arguments_are_those_that_are_carried_out(ann: Api, shared: ServerProcess) -> None:
    body, (call_id,) = ask(ann)

    taken = ann.decide(body.run, call_id, editedArgs={"title": "Mine", "note": "of today"})
    ann.follow(continuation(ann, body, taken))

    assert saved(shared, body, title="Mine", note="of today") == 1
    assert saved(shared, body) == 1
    call = ann.call(body.run, call_id).json()
    assert call["arguments"] == {"title": "Mine", "note": "of today"}


DECISIONS: list[tuple[dict[str, Any], str]] = [
    ({"decision": "approve", "editedArgs": {"title": ""}}, "/editedArgs/title"),
    ({"decision": "approve", "editedArgs": {}}, "/editedArgs/title"),
    ({"decision": "approve", "editedArgs": {"title": "A", "user_id": "b"}}, "/editedArgs/user_id"),
    ({"decision": "reject", "editedArgs": {"title": "A"}}, "/editedArgs"),
    ({"decision": "approve", "editedArgs": "A"}, "/editedArgs"),
    ({"decision": "maybe"}, "/decision"),
    ({"decision": True}, "/decision"),
    ({}, "/decision"),
]


@pytest.mark.parametrize(("decision", "pointer"), DECISIONS)
def test_a_decision_that_is_none_is_refused_and_the_question_stays_open(
    decision: dict[str, Any], pointer: str, ann: Api
) -> None:
    body, (call_id,) = ask(ann)

    refused = ann.post(f"/agent/runs/{body.run}/tool-calls/{call_id}/decision", json=decision)

    problem = assert_problem(refused, "AGENT_DECISION_INVALID", 422)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert ann.call(body.run, call_id).status_code == 202


# --- no -----------------------------------------------------------------------------------------


def test_a_rejected_call_is_not_made_and_the_model_hears_why(
    ann: Api, shared: ServerProcess
) -> None:
    body, (call_id,) = ask(ann)

    taken = ann.decide(body.run, call_id, "reject", reason="not this one")
    events = ann.follow(continuation(ann, body, taken))

    result = result_of(events, call_id)
    assert state_of(result) == "rejected"
    assert "not this one" in result.data["content"]
    assert len(text_of(events).split()) == 3
    assert events[-1].data["outcome"] == {"type": "success"}
    problem = assert_problem(ann.call(body.run, call_id), "TOOL_REJECTED", 403)
    assert problem["detail"] == "not this one"
    assert (saved(shared, body), ann.balance()) == (0, 90)


# --- the first decision stands --------------------------------------------------------------------


@pytest.mark.parametrize(("said", "other"), [("approve", "reject"), ("reject", "approve")])
def test_a_repeated_decision_gets_the_same_answer_and_another_is_refused(
    said: str, other: str, ann: Api, shared: ServerProcess
) -> None:
    body, (call_id,) = ask(ann)
    first = ann.decide(body.run, call_id, said)
    going_on = continuation(ann, body, first)

    for _ in ("while it goes on", "once it has ended"):
        again = ann.decide(body.run, call_id, said)
        assert (again.status_code, again.json()["runId"]) == (202, going_on.run)
        problem = assert_problem(
            ann.decide(body.run, call_id, other), "AGENT_APPROVAL_DECIDED", 409
        )
        assert problem["runId"] == going_on.run
        ann.follow(going_on)

    if said == "approve":
        edited = ann.decide(body.run, call_id, editedArgs={"title": "Another"})
        assert_problem(edited, "AGENT_APPROVAL_DECIDED", 409)
    assert saved(shared, body) == (said == "approve")
    assert len(ann.session(body.thread)["runs"]) == 2


def test_two_questions_are_decided_one_by_one(ann: Api, shared: ServerProcess) -> None:
    body, (one, two) = ask(ann, SAVE_TWO)

    first = ann.decide(body.run, one)

    assert first.status_code == 200
    assert [interrupt["toolCallId"] for interrupt in first.json()["interrupts"]] == [two]
    assert saved(shared, body) == 0, "nothing is done before all is decided"
    assert ann.decide(body.run, one).status_code == 200
    events = ann.follow(continuation(ann, body, ann.decide(body.run, two, "reject")))
    assert [state_of(result_of(events, call)) for call in (one, two)] == ["completed", "rejected"]
    assert (saved(shared, body, title="One"), saved(shared, body)) == (1, 1)


def test_a_reading_that_asks_again_waits_again(ann: Api, shared: ServerProcess) -> None:
    script = 'say 1; call save_reading {"title":"A"}; say 1; call save_reading {"title":"B"}; say 2'
    body, (first,) = ask(ann, script)

    second = continuation(ann, body, ann.decide(body.run, first))
    interrupted = ann.follow(second)
    (call,) = [interrupt["toolCallId"] for interrupt in interrupts_in(interrupted)]
    third = continuation(ann, body, ann.decide(second.run, call))
    events = ann.follow(third)

    assert events[-1].data["outcome"] == {"type": "success"}
    assert len(text_of(events).split()) == 2
    assert saved(shared, body) == 2
    session = ann.session(body.thread)
    assert [run["status"] for run in session["runs"]] == ["interrupted", "interrupted", "succeeded"]
    assert (session["used"], ann.balance()) == (1, 90)


# --- whose decision it is -------------------------------------------------------------------------


def test_nobody_decides_for_another(ann: Api, bob: Api) -> None:
    body, (call_id,) = ask(ann)

    assert_problem(bob.decide(body.run, call_id), "AGENT_FORBIDDEN", 403)
    assert_problem(bob.call(body.run, call_id), "AGENT_FORBIDDEN", 403)

    assert ann.call(body.run, call_id).status_code == 202


def test_what_never_asked_cannot_be_decided(ann: Api) -> None:
    body = Body('call look_up_text {"number":1,"part":"judgment"}; say 1')
    ann.perform(body)
    (call,) = ann.calls(body.run)

    assert_problem(ann.decide(body.run, call["toolCallId"]), "AGENT_DECISION_INVALID", 422)
    for unknown in (str(uuid4()), "c-1"):
        assert_problem(ann.decide(body.run, unknown), "AGENT_TOOL_CALL_NOT_FOUND", 404)
