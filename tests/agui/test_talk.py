"""The official client talks to the server: from the first run to those that end badly."""

from typing import Any

import pytest

from tests.agui.conftest import Journey
from tests.support.api import Api, Body
from tests.support.viewer import Viewer

# The first journey may have to install what Node needs; each has its own limit besides.
pytestmark = pytest.mark.timeout(120)

STREAMS = 3


def without_thoughts(messages: list[Any]) -> list[Any]:
    """What a session keeps of a client's messages: thoughts are shown, and not kept."""
    return [message for message in messages if message["role"] != "reasoning"]


def test_a_run_reaches_the_official_client_whole(bob: Api, take: Journey) -> None:
    told = take(bob, "run.mjs", say="think 3; say 5")

    session = bob.session(told["threadId"])
    assert told["result"] == session["divination_derived"]
    assert told["state"] == {"divination_derived": told["result"]}
    assert [message["role"] for message in told["messages"]] == ["user", "reasoning", "assistant"]
    assert without_thoughts(told["messages"]) == session["messages"]
    assert told["newMessages"] == told["messages"][1:]
    assert told["outcomes"] == ["success"]
    assert told["events"][-1]["usage"] == [{"model": "scripted", "outputTokens": 5}]


def test_suggestions_reach_the_official_client(bob: Api, take: Journey) -> None:
    told = take(bob, "run.mjs", say='say 5; suggest ["When?"]')

    before, ending = told["events"][-2:]
    assert before["name"] == "eryao.suggestions"
    assert before["value"] == {"questions": ["When?"]}
    assert (ending["type"], told["outcomes"]) == ("RUN_FINISHED", ["success"])
    (_, answer) = bob.session(told["threadId"])["messages"]
    assert answer.pop("metadata") == {"eryao": {"suggestions": ["When?"]}}
    assert told["messages"][1] == answer


def test_a_tool_call_and_its_answer_stand_where_the_server_has_them(
    bob: Api, take: Journey
) -> None:
    call = 'call look_up_text {"number":1,"part":"allMoving"}'
    told = take(bob, "run.mjs", say=f"say 2; {call}; call no_such_tool {{}}; think 2; say 3")

    kept = bob.session(told["threadId"])["messages"]
    roles = [message["role"] for message in kept]
    assert roles == ["user", "assistant", "tool", "tool", "assistant"]
    seen = without_thoughts(told["messages"])
    assert [without_error(message) for message in kept] == seen
    assert [call["function"]["name"] for call in seen[1]["toolCalls"]] == [
        "look_up_text",
        "no_such_tool",
    ]


def without_error(message: Any) -> Any:
    """A stream has no place for the `error` of a tool's message: there it is in the metadata."""
    return {name: value for name, value in message.items() if name != "error"}


def test_the_wire_is_framed_as_the_client_splits_it(bob: Api, take: Journey) -> None:
    wire = take(bob, "run.mjs", say="say 5")["wire"]

    assert "\r" not in wire
    assert wire.endswith("\n\n")
    head, *frames = wire.removesuffix("\n\n").split("\n\n")
    assert head.startswith("retry: ")
    for frame in frames:
        event_id, data = frame.split("\n")
        assert event_id.startswith("id: ")
        assert data.startswith('data: {"type":"')


def test_a_follow_up_resends_the_history_and_the_servers_own_stands(
    bob: Api, take: Journey
) -> None:
    told = take(bob, "follow_up.mjs")

    session = bob.session(told["threadId"])
    _, resent = told["sent"]
    assert [message["role"] for message in resent["messages"]] == [
        "user",
        "reasoning",
        "assistant",
        "user",
    ]
    assert resent["messages"][2]["content"] == "Forged."
    assert session["messages"][:2] == without_thoughts(told["first"])
    assert session["messages"][2] == resent["messages"][-1]
    assert session["messages"][3:] == told["newMessages"]
    assert told["state"] == session["state"]
    assert told["outcomes"] == ["success", "success"]


def test_a_client_that_leaves_frees_its_place_and_its_run_goes_on(bob: Api, take: Journey) -> None:
    told = take(bob, "abort.mjs", say="say 600 pace 20", streams=STREAMS)

    assert told["before"] == 429, "all places were taken"
    for left in told["left"]:
        assert [error["code"] for error in left["errors"]] == ["abort"]
        assert left["outcomes"] == []
        run = Body(thread=left["threadId"], run=left["runId"])
        with Viewer.of(bob, run).seen("TEXT_MESSAGE_CONTENT", len(left["events"]) + 5):
            bob.cancel(run.run)


def test_a_run_called_off_over_http_ends_as_cancelled_and_the_talk_goes_on(
    bob: Api, take: Journey
) -> None:
    told = take(bob, "cancel.mjs")

    session = bob.session(told["threadId"])
    assert told["status"] == 202
    assert told["outcomes"] == ["cancelled", "success"]
    assert "result" not in told
    assert (told["errors"], told["pending"]) == ([], [])
    assert told["messages"] == session["messages"][:2], "what was said before stays"
    assert told["next"] == session["messages"][3:]


def test_a_run_that_fails_is_seen_as_an_error_and_may_be_tried_again(
    bob: Api, take: Journey
) -> None:
    told = take(bob, "fail.mjs")

    [error] = told["failed"]["errors"]
    assert error["code"] == "AGENT_MODEL_UNAVAILABLE"
    assert error["message"]
    assert told["failed"]["result"] is None
    assert [message["role"] for message in told["failed"]["messages"]] == ["user", "assistant"]
    session = bob.session(told["threadId"])
    assert told["again"]["result"] == session["divination_derived"]
    assert (told["again"]["outcomes"], told["again"]["errors"]) == (["success"], 1)
    assert told["failures"] == []


REFUSALS: dict[str, tuple[dict[str, str], str, int]] = {
    "nobody": ({"token": "forged"}, "AUTH_UNAUTHORIZED", 401),
    "no mode": ({"mode": "chat"}, "AGENT_RUNTIME_MODE_INVALID", 422),
    "no session": ({"mode": "follow_up"}, "AGENT_SESSION_NOT_FOUND", 404),
}


def test_a_refusal_rejects_with_its_status_and_its_problem(bob: Api, take: Journey) -> None:
    told = take(bob, "refused.mjs", ways={name: way for name, (way, _, _) in REFUSALS.items()})

    for name, (_, code, status) in REFUSALS.items():
        refusal = told["refusals"][name]
        assert (refusal["status"], refusal["problem"]["code"]) == (status, code)
        assert refusal["problem"]["status"] == status
        assert (refusal["told"], refusal["events"]) == (1, 0)
    assert told["reports"] == len(REFUSALS)
