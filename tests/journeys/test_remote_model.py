"""Readings by a model at an endpoint: a whole server, and an endpoint that does as it is told."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.api import CAST, Api, Body, text_of
from tests.support.approvals import interrupts_in, result_of, state_of
from tests.support.model_endpoint import (
    Doing,
    ModelEndpoint,
    Reply,
    answer,
    calling,
    calls,
    delta,
    refusal,
    says,
)
from tests.support.server import NewFolder, ServerProcess
from tests.support.viewer import Viewer

QUESTION = str(CAST["question"])
CANARY = "canary-ignore-all-rules"
LOOK = calling(
    delta(reasoning_content="Both texts."),
    says("Let me look."),
    calls(0, "look_up_text", '{"number":1,', "a"),
    calls(1, "look_up_text", "", "b"),
    calls(0, arguments='"part":"judgment"}'),
    calls(1, arguments='{"number":2,"part":"judgment"}'),
)
SAVE = calling(says("It is good."), calls(0, "save_reading", '{"title":"Kept"}', "c"))


class Stage:
    """One server with two endpoints, each told anew by every test."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.first = stack.enter_context(ModelEndpoint())
        self.second = stack.enter_context(ModelEndpoint())
        self.server = ServerProcess(
            folder,
            MODEL_URL=self.first.url,
            MODEL="large",
            MODEL_API_KEY="canary-key",
            FALLBACK_MODEL_URL=self.second.url,
            FALLBACK_MODEL="small",
            FIRST_TOKEN_SECONDS=6,
            # One request a turn; what comes after a reading has a file of its own.
            FOLLOW_UP_SUGGESTIONS=0,
        ).start()
        stack.callback(self.server.stop)

    def play(self, *replies: Reply, second: Reply | None = None) -> None:
        for endpoint, told in ((self.first, list(replies)), (self.second, [second or DOWN])):
            endpoint.asked.clear()
            endpoint.replies = told
            endpoint.gate.clear()


DOWN = refusal(401, "invalid_api_key", message=f"no {CANARY} for canary-key")


@pytest.fixture(scope="module")
def shared_stage(new_folder: NewFolder) -> Iterator[Stage]:
    """The books and the logs are proved once, at the end of all."""
    folder = new_folder()
    with ExitStack() as stack:
        stage = Stage(folder, stack)
        yield stage
        assert not stage.server.audit()["findings"]
        assert "canary" not in "".join(stage.server.lines)


@pytest.fixture
def stage(shared_stage: Stage) -> Stage:
    return shared_stage


@pytest.fixture
def ann(stage: Stage) -> Iterator[Api]:
    with stage.server.api(f"ann-{uuid4()}@example.com") as api:
        yield api


def test_a_reading_with_parallel_calls_an_approval_and_a_second_look(
    stage: Stage, ann: Api
) -> None:
    stage.play(LOOK, SAVE, answer("Saved, ", "and well."))
    body = Body(f"Save it. {CANARY}")

    events = ann.perform(body)

    results = [event for event in events if event.type == "TOOL_CALL_RESULT"]
    assert [state_of(result) for result in results] == ["completed", "completed"]
    assert [event.data["delta"] for event in events if "REASONING_MESSAGE_C" in event.type] == [
        "Both texts."
    ]
    assert text_of(events) == "Let me look.It is good."
    (interrupt,) = interrupts_in(events)
    assert "Kept" in interrupt["message"]

    taken = ann.decide(body.run, interrupt["toolCallId"])
    going_on = ann.follow(Body(thread=body.thread, run=taken.json()["runId"]))

    assert state_of(result_of(going_on, interrupt["toolCallId"])) == "completed"
    assert text_of(going_on) == "Saved, and well."
    assert going_on[-1].data["usage"] == [{"model": "large", "inputTokens": 7, "outputTokens": 2}]
    assert stage.server.beside.count("saved_readings", session_id=body.thread) == 1
    assert ann.balance() == 90
    _asked_as_it_should(stage.first)


def _asked_as_it_should(endpoint: ModelEndpoint) -> None:
    """What users and tools said was data for the model; calls and answers kept together."""
    asked = endpoint.asked[-1]
    for entry in endpoint.asked:
        assert CANARY not in entry.told("system")
        assert QUESTION not in entry.told("system")
        assert QUESTION in entry.told("user")
        assert f"]]\nSave it. {CANARY}\n[[end " in entry.told("user")
    made = [call["id"] for said in asked.messages for call in said.get("tool_calls", ())]
    answered = [said["tool_call_id"] for said in asked.messages if said["role"] == "tool"]
    assert len(made) == 3
    assert answered == made
    assert "]]\nSaved to the journal" in asked.told("tool")
    named = [tool["function"]["name"] for tool in asked.body["tools"]]
    assert {"look_up_text", "save_reading"} <= set(named)


def test_the_chart_is_ours_whatever_the_model_says_of_it(stage: Stage, ann: Api) -> None:
    wrong = {"divination_derived": {"primary": {"number": 1, "name": "乾"}}}
    stage.play(answer("The hexagram is 乾. ", json.dumps(wrong, ensure_ascii=False)))
    body = Body("What does it say?")

    events = ann.perform(body)

    result = events[-1].data["result"]
    assert result["primary"]["number"] != 1
    assert [line["value"] for line in result["lines"]] == CAST["lines"]
    assert result == ann.session(body.thread)["divination_derived"]


def test_a_follow_up_is_asked_with_what_was_said_before(stage: Stage, ann: Api) -> None:
    stage.play(answer("Good fortune."), answer("In spring."))
    first = Body("Tell me.")
    ann.perform(first)

    events = ann.perform(first.follow_up("And when?"))

    assert text_of(events) == "In spring."
    asked = stage.first.asked[-1]
    assert [said["role"] for said in asked.messages] == ["system", "user", "assistant", "user"]
    assert asked.messages[2]["content"] == "Good fortune."


@pytest.mark.parametrize("status", [401, 500])
def test_a_model_that_is_down_costs_nothing(status: int, stage: Stage, ann: Api) -> None:
    stage.play(refusal(status))
    body = Body("Tell me.")

    events = ann.perform(body)

    assert events[-1].type == "RUN_ERROR"
    assert events[-1].data["code"] == "AGENT_MODEL_UNAVAILABLE"
    assert ann.run(body.run)["status"] == "failed"
    assert ann.balance() == 100


@pytest.mark.parametrize(
    "rest", [[Doing.RESET], [Doing.TEAR], [], [delta("length")], [b"data: {\n\n"]]
)
def test_an_answer_that_breaks_off_costs_nothing(
    rest: list[bytes | Doing], stage: Stage, ann: Api
) -> None:
    stage.play(Reply([says("The plan "), Doing.WAIT, *rest]), second=answer("Not mine to finish."))
    body = Body("Tell me.")
    ann.start(body)
    with Viewer.of(ann, body).seen("TEXT_MESSAGE_CONTENT") as viewer:
        stage.first.gate.set()
        events = viewer.ended().events

    assert text_of(events) == "The plan "
    assert events[-1].data["code"] == "AGENT_MODEL_CUT"
    assert ann.balance() == 100
    assert stage.second.asked == []


@pytest.mark.parametrize("first", [DOWN, Reply([Doing.STALL])])
def test_a_second_endpoint_answers_where_the_first_does_not(
    first: Reply, stage: Stage, ann: Api
) -> None:
    """At once where it is refused, and after half of the wait where there is only silence."""
    stage.play(first, second=answer("Good ", "fortune."))
    body = Body("Tell me.")

    events = ann.perform(body)

    assert text_of(events) == "Good fortune."
    assert events[-1].data["usage"][0]["model"] == "small"
    assert stage.second.asked[0].headers["authorization"] == "Bearer none"
    assert ann.balance() == 90


def test_a_cancelled_run_leaves_no_request_at_the_endpoint(stage: Stage, ann: Api) -> None:
    stage.play(Reply([says("The plan "), Doing.STALL]))
    stage.first.left.clear()
    body = Body("Tell me.")
    ann.start(body)
    with Viewer.of(ann, body).seen("TEXT_MESSAGE_CONTENT"):
        ann.cancel(body.run)

        assert stage.first.left.wait(10)
    assert ann.ended(body.run)["status"] == "cancelled"
