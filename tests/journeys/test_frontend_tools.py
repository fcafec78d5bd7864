"""The client's own tools: offered for a run, called, answered in the next input."""

from typing import Any
from uuid import uuid4

import pytest

from tests.support.api import Api, Body, SeenEvent
from tests.support.problems import assert_problem

PICK = {
    "name": "pick-colour",
    "description": "Let the user pick a colour.",
    "parameters": {"type": "object", "properties": {"of": {"type": "string"}}},
}
CALL = 'say 2; call pick-colour {"of":"walls"}; say 3'
TWO = 'call pick-colour {"of":"a"}; call pick-colour {"of":"b"}; say 3'


def handed(api: Api, script: str = CALL) -> tuple[Body, list[str]]:
    """A session whose run has handed calls to the client."""
    body = Body(script)
    outcome = api.perform(body, tools=[PICK])[-1].data["outcome"]
    assert outcome["type"] == "success"
    return body, outcome["pendingToolCallIds"]


def answer(call_id: str, content: Any = "green", **more: Any) -> dict[str, Any]:
    message = {"id": str(uuid4()), "role": "tool", "toolCallId": call_id, "content": content}
    return {**message, **more}


def going_on(body: Body) -> Body:
    return Body(mode="follow_up", thread=body.thread)


def kinds(events: list[SeenEvent]) -> list[str]:
    return [event.type for event in events]


def refused_at(response: Any, pointer: str) -> None:
    problem = assert_problem(response, "AGENT_RUN_MESSAGES_INVALID", 422)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


# --- the call -----------------------------------------------------------------------------------


def test_a_call_of_the_clients_tool_ends_the_run_as_a_success_that_names_it(ann: Api) -> None:
    body = Body(CALL)

    events = ann.perform(body, tools=[PICK])

    (start,) = [event.data for event in events if event.type == "TOOL_CALL_START"]
    assert start["toolCallName"] == "pick-colour"
    assert events[-1].data["outcome"] == {
        "type": "success",
        "pendingToolCallIds": [start["toolCallId"]],
    }
    assert "TOOL_CALL_RESULT" not in kinds(events), "it is not ours to answer"
    assert ann.run(body.run)["status"] == "succeeded"
    (call,) = ann.calls(body.run)
    assert (call["state"], call["arguments"]) == ("pending", {"of": "walls"})


def test_without_the_tool_in_the_input_there_is_none(ann: Api) -> None:
    body = Body(CALL)

    events = ann.perform(body)

    (result,) = [event.data for event in events if event.type == "TOOL_CALL_RESULT"]
    assert "no tool called pick-colour" in result["content"]
    assert events[-1].data["outcome"] == {"type": "success"}


def test_our_tools_in_the_same_turn_are_carried_out(ann: Api) -> None:
    look_up = 'call look_up_text {"number":1,"part":"judgment"}'
    body, pending = handed(ann, f"call pick-colour {{}}; {look_up}; say 2")

    states = [(call["name"], call["state"]) for call in ann.calls(body.run)]

    assert len(pending) == 1
    assert sorted(states) == [("look_up_text", "completed"), ("pick-colour", "pending")]
    ann.perform(going_on(body), messages=[answer(pending[0])], tools=[PICK])
    roles = [message["role"] for message in ann.session(body.thread)["messages"]]
    assert roles == ["user", "assistant", "tool", "tool", "assistant"]


def test_beside_a_question_to_the_user_it_is_not_handed_over(ann: Api) -> None:
    save = 'call save_reading {"title":"Kept"}'
    body = Body(f"call pick-colour {{}}; {save}; say 2")

    events = ann.perform(body, tools=[PICK])

    outcome = events[-1].data["outcome"]
    assert outcome["type"] == "interrupt"
    assert len(outcome["interrupts"]) == 1
    (result,) = [event.data for event in events if event.type == "TOOL_CALL_RESULT"]
    assert "waits for the user" in result["content"]
    call_id = outcome["interrupts"][0]["toolCallId"]
    going_on_run = ann.decide(body.run, call_id).json()["runId"]
    assert ann.ended(going_on_run)["status"] == "succeeded"


def test_the_run_after_an_approval_still_has_the_clients_tools(ann: Api) -> None:
    body = Body(f'call save_reading {{"title":"Kept"}}; {CALL}')
    ann.perform(body, tools=[PICK])
    (call,) = ann.calls(body.run)

    continuation = ann.decide(body.run, call["toolCallId"]).json()["runId"]
    events = ann.follow(Body(thread=body.thread, run=continuation))

    (pending,) = events[-1].data["outcome"]["pendingToolCallIds"]
    ended = ann.perform(going_on(body), messages=[answer(pending)], tools=[PICK])
    assert ended[-1].data["outcome"] == {"type": "success"}


def test_arguments_that_are_no_object_come_back_to_the_model(ann: Api) -> None:
    for wrong in ("[1]", '{"of":', "7"):
        body = Body(f"call pick-colour {wrong}; say 2")
        events = ann.perform(body, tools=[PICK])
        assert events[-1].data["outcome"] == {"type": "success"}
        assert ann.calls(body.run)[0]["state"] == "failed"


# --- the answer ---------------------------------------------------------------------------------


def test_the_answer_goes_on_and_costs_nothing(ann: Api) -> None:
    body, (call_id,) = handed(ann)
    said = answer(call_id)

    events = ann.perform(going_on(body), messages=[said], tools=[PICK])

    assert events[0].data["parentRunId"] == body.run
    assert kinds(events)[-5:] == [
        *("TEXT_MESSAGE_CONTENT",) * 3,
        "TEXT_MESSAGE_END",
        "RUN_FINISHED",
    ]
    assert "TOOL_CALL_RESULT" not in kinds(events), "the client has its own message"
    session = ann.session(body.thread)
    assert [m["role"] for m in session["messages"]] == ["user", "assistant", "tool", "assistant"]
    stored = session["messages"][2]
    assert (stored["id"], stored["content"]) == (said["id"], "green")
    assert (session["used"], ann.balance()) == (1, 90)
    (call,) = ann.calls(body.run)
    assert (call["state"], call["result"]) == ("completed", "green")
    assert session["runs"][1]["kind"] == "resume"


def test_a_client_may_resend_all_it_knows_and_leave_the_mode_out(ann: Api) -> None:
    body, (call_id,) = handed(ann)
    history = ann.session(body.thread)["messages"]
    forged = {"id": str(uuid4()), "role": "tool", "toolCallId": "x", "content": "old"}
    resent = [forged, *history, answer(call_id)]

    events = ann.perform(going_on(body), messages=resent, forwardedProps={})

    assert events[-1].type == "RUN_FINISHED"
    assert len(ann.session(body.thread)["messages"]) == 4


def test_an_error_is_an_answer_too(ann: Api) -> None:
    body, (call_id,) = handed(ann)

    ann.perform(going_on(body), messages=[answer(call_id, "", error="The user closed it.")])

    (call,) = ann.calls(body.run)
    assert (call["state"], call["error"]) == ("failed", "The user closed it.")
    assert ann.session(body.thread)["messages"][2]["error"] == "The user closed it."


def test_the_same_answer_again_is_the_same_run(ann: Api) -> None:
    body, (call_id,) = handed(ann)
    run, said = going_on(body), [answer(call_id)]

    first = ann.perform(run, messages=said, tools=[PICK])
    again = ann.perform(run, messages=said, tools=[PICK])

    assert [event.data for event in again] == [event.data for event in first]
    other = ann.start(run, messages=[answer(call_id, "red", id=said[0]["id"])], tools=[PICK])
    assert_problem(other, "AGENT_PAYLOAD_INVALID", 422)


def test_all_calls_are_answered_or_none(ann: Api) -> None:
    body, (one, two) = handed(ann, TWO)

    refused_at(ann.start(going_on(body), messages=[answer(one)]), "/messages/0")
    assert {call["state"] for call in ann.calls(body.run)} == {"pending"}

    events = ann.perform(going_on(body), messages=[answer(two), answer(one)])
    assert events[-1].data["outcome"] == {"type": "success"}


def test_foreign_and_repeated_answers_are_refused_where_they_stand(ann: Api, bob: Api) -> None:
    body, (call_id,) = handed(ann)
    _, (bobs,) = handed(bob)

    foreign = ann.start(going_on(body), messages=[answer(call_id), answer(bobs)])
    refused_at(foreign, "/messages/1/toolCallId")
    twice = ann.start(going_on(body), messages=[answer(call_id), answer(call_id)])
    refused_at(twice, "/messages/1/toolCallId")
    assert_problem(bob.start(going_on(body), messages=[answer(call_id)]), "AGENT_FORBIDDEN", 403)

    ann.perform(going_on(body), messages=[answer(call_id)])
    late = ann.start(going_on(body), messages=[answer(call_id)])
    refused_at(late, "/messages/0/toolCallId")
    assert ann.balance() == 90


@pytest.mark.parametrize(
    ("wrong", "member"),
    [
        ({"id": ""}, "id"),
        ({"id": 7}, "id"),
        ({"toolCallId": None}, "toolCallId"),
        ({"toolCallId": "x" * 101}, "toolCallId"),
        ({"content": None}, "content"),
        ({"content": "x" * 16_385}, "content"),
        ({"error": 7}, "error"),
    ],
)
def test_an_answer_without_its_shape_is_refused(
    ann: Api, wrong: dict[str, Any], member: str
) -> None:
    body, (call_id,) = handed(ann)

    refused = ann.start(going_on(body), messages=[{**answer(call_id), **wrong}])

    refused_at(refused, f"/messages/0/{member}")


def test_an_answer_may_be_numbered_as_the_client_likes(ann: Api) -> None:
    body, (call_id,) = handed(ann)

    ann.perform(going_on(body), messages=[answer(call_id, id=body.message)])

    messages = ann.session(body.thread)["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "tool", "assistant"]
    assert len({message["id"] for message in messages}) == 4


def test_a_new_message_leaves_the_call_unanswered(ann: Api) -> None:
    body, (call_id,) = handed(ann)

    events = ann.perform(body.follow_up("say 2"))

    assert events[-1].data["outcome"] == {"type": "success"}
    (call,) = ann.calls(body.run)
    assert call["state"] == "failed"
    assert "went on without" in call["error"]
    messages = ann.session(body.thread)["messages"]
    roles = [message["role"] for message in messages]
    assert roles == ["user", "assistant", "tool", "user", "assistant"]
    refused_at(ann.start(going_on(body), messages=[answer(call_id)]), "/messages/0/toolCallId")


def test_a_fresh_client_learns_what_is_pending(ann: Api) -> None:
    body, pending = handed(ann)

    restored = ann.get(f"/agent/sessions/{body.thread}/connect").text

    assert f'"pendingToolCallIds":["{pending[0]}"]' in restored.replace('": ', '":')
    ann.perform(going_on(body), messages=[answer(pending[0])])
    assert "pendingToolCallIds" not in ann.get(f"/agent/sessions/{body.thread}/connect").text


def test_a_continuation_that_fails_gives_the_whole_reading_back(ann: Api) -> None:
    body, (call_id,) = handed(ann, "say 1; call pick-colour {}; fail error after 1")
    assert ann.balance() == 90

    events = ann.perform(going_on(body), messages=[answer(call_id)])

    assert events[-1].type == "RUN_ERROR"
    assert ann.balance() == 100
    assert ann.session(body.thread)["messages"] == [], "none of it is said any more"


def test_where_nothing_is_pending_a_tool_message_answers_nothing(ann: Api) -> None:
    body = Body("say 1")
    ann.perform(body)

    refused_at(ann.start(going_on(body), messages=[answer("call-1")]), "/messages/0/toolCallId")
    unknown = ann.start(Body(mode="follow_up"), messages=[answer("call-1")])
    refused_at(unknown, "/messages/0/role")


# --- the tools of the input ---------------------------------------------------------------------


def tool(**changes: Any) -> dict[str, Any]:
    return {**PICK, **changes}


@pytest.mark.parametrize(
    ("tools", "pointer"),
    [
        ([tool(name="look_up_text")], "/tools/0/name"),
        ([PICK, PICK], "/tools/1/name"),
        ([tool(name="two words")], "/tools/0/name"),
        ([tool(name="x" * 65)], "/tools/0/name"),
        ([tool(description="x" * 2_001)], "/tools/0/description"),
        ([tool(parameters={"x": "y" * 8_200})], "/tools/0/parameters"),
        ([tool(parameters=[])], "/tools/0/parameters"),
        ([tool(name=f"t{n}") for n in range(17)], "/tools"),
        (["pick"], "/tools/0"),
        ({"name": "pick"}, "/tools"),
    ],
)
def test_tools_out_of_bounds_are_refused_and_nothing_is_charged(
    ann: Api, tools: Any, pointer: str
) -> None:
    problem = assert_problem(ann.start(Body(), tools=tools), "AGENT_RUN_INPUT_INVALID", 422)

    assert problem["errors"][0]["pointer"] == pointer
    assert ann.balance() == 100


def test_as_many_tools_as_may_be_are_offered(ann: Api) -> None:
    tools = [tool(name=f"t{n}", metadata={"any": 1}) for n in range(15)]

    events = ann.perform(Body("call t14 {}; say 1"), tools=[*tools, {"name": "bare"}])

    assert len(events[-1].data["outcome"]["pendingToolCallIds"]) == 1


def test_capabilities_say_that_clients_may_bring_tools(ann: Api) -> None:
    assert ann.get("/agent/capabilities").json()["tools"]["clientProvided"] is True
