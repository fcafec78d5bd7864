"""Approvals through the official client: its pending interrupts, its own `resume`."""

from typing import Any

import pytest

from tests.agui.conftest import Journey
from tests.support.api import Api

pytestmark = pytest.mark.timeout(120)

SAVE = 'say 2; call save_reading {"title":"Mine"}; say 3'
TWICE = (
    'call save_reading {"title":"One"}; call look_up_text {"number":1,"part":"allMoving"}; '
    'call save_reading {"title":"Two"}; say 3'
)


def resolved(**payload: Any) -> dict[str, Any]:
    return {"status": "resolved", "payload": payload}


WAYS: dict[str, dict[str, Any]] = {
    "yes": {"say": SAVE, "entries": [resolved(approved=True)]},
    "no": {"say": SAVE, "entries": [resolved(approved=False, reason="Not now.")]},
    "edited": {
        "say": SAVE,
        "entries": [resolved(approved=True, editedArgs={"title": "Ours", "note": "Both."})],
    },
    "abandoned": {"say": SAVE, "entries": [{"status": "cancelled"}]},
    "one of two": {"say": TWICE, "entries": [resolved(approved=True), resolved(approved=False)]},
}
STATES = {
    "yes": ["completed"],
    "no": ["rejected"],
    "edited": ["completed"],
    "abandoned": ["rejected"],
    "one of two": ["completed", "rejected"],
}


@pytest.fixture(scope="module")
def told(ann: Api, take: Journey) -> dict[str, Any]:
    ways: dict[str, Any] = take(ann, "answer.mjs", ways=WAYS)
    return ways


def of_type(events: list[Any], kind: str) -> list[Any]:
    return [event for event in events if event["type"] == kind]


def test_a_question_interrupts_and_its_answer_goes_on(ann: Api, told: dict[str, Any]) -> None:
    for name, way in told.items():
        assert way["outcomes"] == ["interrupt", "success"], name
        assert way["result"] is None
        assert len(way["pending"]) == len(WAYS[name]["entries"])
        assert "not addressed by resume" in way["silent"], "the client itself insists on an answer"
        assert way["left"] == []
        results = of_type(way["resumed"], "TOOL_CALL_RESULT")
        assert [answer["metadata"]["eryao"]["toolState"] for answer in results] == STATES[name]
        asked = [interrupt["toolCallId"] for interrupt in way["pending"]]
        assert [answer["toolCallId"] for answer in results] == asked
        assert not of_type(way["resumed"], "TOOL_CALL_START")
        assert way["state"]["divination_derived"]
        cards = [message for message in way["messages"] if message["role"] == "activity"]
        states = [card["content"]["state"] for card in cards]
        assert states == [f"TOOL_{state.upper()}" for state in STATES[name]]
    assert ann.balance() == 50, "an answer costs nothing"


def test_every_interrupt_says_what_it_asks_and_until_when(told: dict[str, Any]) -> None:
    [interrupt] = told["yes"]["pending"]

    assert interrupt["reason"] == "tool_call"
    assert "Mine" in interrupt["message"]
    assert interrupt["expiresAt"].endswith("Z")
    schema = interrupt["responseSchema"]
    assert schema["required"] == ["approved"]
    assert schema["properties"]["editedArgs"]["properties"].keys() == {"title", "note"}


def test_the_messages_of_client_and_server_agree_after_an_answer(
    ann: Api, told: dict[str, Any]
) -> None:
    for name, way in told.items():
        seen = [message for message in way["messages"] if message["role"] != "activity"]
        kept = ann.session(way["threadId"])["messages"]
        assert by_id(seen) == by_id(kept), name
        roles = [message["role"] for message in seen]
        assert roles == [message["role"] for message in kept], name


def by_id(messages: list[Any]) -> dict[str, Any]:
    """The order aside; and `error`, for which a stream has no place."""
    return {
        message["id"]: {name: value for name, value in message.items() if name != "error"}
        for message in messages
    }


def test_an_edited_call_is_carried_out_as_edited(told: dict[str, Any]) -> None:
    [answer] = of_type(told["edited"]["resumed"], "TOOL_CALL_RESULT")

    assert "Ours" in answer["content"]


def test_a_no_reaches_the_model_with_its_reason(told: dict[str, Any]) -> None:
    [answer] = of_type(told["no"]["resumed"], "TOOL_CALL_RESULT")

    assert "Not now." in answer["content"]
