"""The client's own tools through the official client: offered, called, answered, gone on with."""

from typing import Any

import pytest

from tests.agui.conftest import Journey
from tests.support.api import Api

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def told(ann: Api, take: Journey) -> dict[str, Any]:
    seen: dict[str, Any] = take(ann, "frontend.mjs")
    return seen


def test_a_call_of_the_clients_tool_is_handed_over_and_answered(
    ann: Api, told: dict[str, Any]
) -> None:
    call = told["called"][-1]["toolCalls"][0]

    assert told["outcomes"] == [
        {"type": "success", "pendingToolCallIds": [call["id"]]},
        {"type": "success"},
    ]
    assert call["function"] == {"name": "pick_colour", "arguments": '{"of":"walls"}'}
    assert "TOOL_CALL_RESULT" not in [event["type"] for event in told["resumed"]]
    assert ann.balance() == 90, "an answer costs nothing"


def test_client_and_server_agree_on_what_was_said(ann: Api, told: dict[str, Any]) -> None:
    kept = ann.session(told["threadId"])["messages"]

    assert [message["role"] for message in kept] == ["user", "assistant", "tool", "assistant"]
    assert [message["id"] for message in kept] == [message["id"] for message in told["messages"]]
    assert [message.get("content") for message in kept] == [
        message.get("content") for message in told["messages"]
    ]
