"""A fresh client finds a session as the one that led it left it."""

from typing import Any

import pytest

from tests.agui.conftest import Journey
from tests.support.api import Api

pytestmark = pytest.mark.timeout(120)

SAVE = 'say 2; call save_reading {"title":"Mine"}; say 3'


@pytest.fixture(scope="module")
def told(ann: Api, take: Journey) -> dict[str, Any]:
    sessions: dict[str, Any] = take(ann, "restore.mjs", save=SAVE)
    return sessions


def kept(view: Any) -> list[Any]:
    """The messages that a session keeps: thoughts and cards are shown once."""
    return [message for message in view["messages"] if message["role"] in KEPT]


KEPT = {"user", "assistant", "tool"}


def test_a_finished_session_is_restored(told: dict[str, Any]) -> None:
    led, found = told["finished"]["led"], told["finished"]["found"]

    assert kept(found) == kept(led)
    assert found["state"] == led["state"]
    assert (found["outcomes"], found["errors"], found["failures"]) == (["success"], [], [])


def test_a_failed_session_is_restored_with_its_error(told: dict[str, Any]) -> None:
    led, found = told["failed"]["led"], told["failed"]["found"]

    assert found["state"] == led["state"]
    assert [error["code"] for error in found["errors"]] == ["AGENT_MODEL_UNAVAILABLE"]
    assert [error["message"] for error in found["errors"]] == [
        error["message"] for error in led["errors"]
    ]


def test_open_questions_come_back_as_they_were_asked(told: dict[str, Any]) -> None:
    led, before = told["waiting"]["led"], told["waiting"]["before"]

    assert before["outcomes"] == ["interrupt"]
    assert kept(before) == kept(led)
    assert before["state"] == led["state"]
    assert before["pending"] == led["pending"]


def test_a_fresh_client_can_answer_what_another_was_asked(told: dict[str, Any]) -> None:
    after, again = told["waiting"]["after"], told["waiting"]["again"]

    assert after["outcomes"] == ["interrupt", "success"]
    assert after["pending"] == again["pending"] == []
    assert [message["role"] for message in kept(after)] == [
        "user",
        "assistant",
        "tool",
        "assistant",
    ]
    assert kept(again) == kept(after)


def test_a_question_called_off_is_no_longer_asked(told: dict[str, Any]) -> None:
    found = told["calledOff"]

    assert found["outcomes"] == ["cancelled"]
    assert found["pending"] == []


def test_a_run_under_way_is_found_and_followed(told: dict[str, Any]) -> None:
    live = told["live"]
    before, after, led = live["before"], live["after"], live["led"]

    assert before["events"][-1]["metadata"]["eryao"]["liveRunId"] == live["runId"]
    assert kept(after) == kept(led)
    assert after["state"] == led["state"]
    assert (after["outcomes"][-1], after["failures"]) == ("cancelled", [])
