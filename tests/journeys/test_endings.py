"""How runs end: what the client hears, what the books say, and whether the points come back."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api import Api, Body, SeenEvent, events_in, text_of
from tests.support.server import NewFolder, ServerProcess, at_work
from tests.support.viewer import Viewer

LOOK_UP = 'call look_up_text {"number":1,"part":"judgment"}'
ENDINGS = {"RUN_FINISHED", "RUN_ERROR"}


@pytest.fixture(scope="module")
def hasty(new_folder: NewFolder) -> Iterator[ServerProcess]:
    """A server with little patience that drives one run at a time."""
    folder = new_folder()
    impatient = ServerProcess(
        folder,
        FIRST_TOKEN_SECONDS=0.5,
        SILENCE_SECONDS=0.5,
        RUN_SECONDS=2,
        MAX_STEPS=3,
        WORKER_RUNS=1,
    )
    with at_work(impatient) as server:
        yield server


@pytest.fixture
def eve(hasty: ServerProcess, request: pytest.FixtureRequest) -> Iterator[Api]:
    with hasty.api(f"{abs(hash(request.node.nodeid))}@example.com") as api:
        yield api


def movements(api: Api) -> Counter[tuple[str, int]]:
    items = api.get("/points/ledger?limit=100").json()["items"]
    return Counter((entry["kind"], entry["amount"]) for entry in items if entry["kind"] != "signup")


def assert_closed(api: Api, body: Body) -> list[SeenEvent]:
    """The log is whole and ended by its last event, and says so to whoever comes later."""
    events = events_in(api.log(body))
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert [event.type in ENDINGS for event in events] == [False] * (len(events) - 1) + [True]
    with api.following(body, events[-1].id) as response:
        assert response.status_code == 204
    return events


def assert_failed(api: Api, body: Body, code: str) -> dict[str, Any]:
    """It ended as this failure, everywhere, and cost nothing, once."""
    events = assert_closed(api, body)
    assert (events[-1].type, events[-1].data["code"]) == ("RUN_ERROR", code)
    run: dict[str, Any] = api.run(body.run)
    assert (run["status"], run["refunded"], run["error"]["code"]) == ("failed", True, code)
    assert run["error"]["message"] == events[-1].data["message"]
    assert movements(api) == {("run", -10): 1, ("refund", 10): 1}
    assert api.balance() == 100
    return run


# --- failures -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "code", "words"),
    [
        ("fail error", "AGENT_MODEL_UNAVAILABLE", 0),
        ("say 2; fail error after 3", "AGENT_MODEL_UNAVAILABLE", 5),
        ("think 3; fail error", "AGENT_MODEL_UNAVAILABLE", 0),
        ("fail cut", "AGENT_MODEL_CUT", 0),
        ("fail cut after 4", "AGENT_MODEL_CUT", 4),
        (f"say 1; {LOOK_UP}; say 2; fail cut", "AGENT_MODEL_CUT", 3),
    ],
)
def test_a_model_that_fails_costs_nothing(ann: Api, script: str, code: str, words: int) -> None:
    """What it said before is shown, and stays in the log."""
    body = Body(script)

    events = ann.perform(body)

    assert len(text_of(events).split()) == words
    assert_failed(ann, body, code)


@pytest.mark.parametrize("script", ["fail stall", "fail stall after 3", "think 1; fail stall"])
def test_a_model_that_falls_silent_is_given_up(eve: Api, script: str) -> None:
    body = Body(script)

    events = eve.perform(body)

    assert events[-1].type == "RUN_ERROR"
    assert_failed(eve, body, "AGENT_RUN_TIMED_OUT")


def test_a_model_that_talks_for_too_long_is_stopped(eve: Api) -> None:
    body = Body("say 200 pace 50")

    eve.perform(body)

    assert_failed(eve, body, "AGENT_RUN_TIMED_OUT")


def test_a_model_that_calls_tools_for_ever_is_stopped(eve: Api) -> None:
    body = Body("; ".join([f"{LOOK_UP}; say 1"] * 5))

    events = eve.perform(body)

    assert [event.type for event in events].count("TOOL_CALL_RESULT") == 3
    assert_failed(eve, body, "AGENT_TOO_MANY_STEPS")


def test_a_model_that_calls_on_after_every_refusal_is_stopped(ann: Api) -> None:
    """Each refusal is a row, so that it is not told for ever."""
    body = Body("say 1; " + "call no_such_tool {}; " * 100)

    events = ann.perform(body)

    assert [event.type for event in events].count("TOOL_CALL_RESULT") == 40
    assert len(ann.calls(body.run)) == 40
    assert_failed(ann, body, "AGENT_TOO_MANY_STEPS")


def test_a_model_that_is_told_to_stop_calling_may_still_answer(ann: Api) -> None:
    body = Body("call no_such_tool {}; " * 40 + "say 2")

    events = ann.perform(body)

    assert events[-1].data["outcome"] == {"type": "success"}
    told = [call["error"] for call in ann.calls(body.run)]
    assert [error.startswith("No more tool calls") for error in told] == [False] * 32 + [True] * 8


def test_a_model_that_says_too_much_is_stopped(ann: Api) -> None:
    body = Body("say 80000")

    ann.start(body)

    assert ann.ended(body.run)["error"]["code"] == "AGENT_RUN_TOO_LARGE"
    assert_failed(ann, body, "AGENT_RUN_TOO_LARGE")


@pytest.mark.parametrize("how", ["error", "cut"])
def test_a_failed_run_may_be_followed_by_a_new_one_in_its_session(ann: Api, how: str) -> None:
    """The failed one's words are not part of what was said."""
    body = Body(f"say 2; fail {how} after 1")
    ann.perform(body)

    again = Body("say 4", thread=body.thread)
    ann.perform(again)

    contents = [message["content"] for message in ann.session(body.thread)["messages"]]
    assert contents[0] == "say 4"
    assert len(contents) == 2
    statuses = [run["status"] for run in ann.session(body.thread)["runs"]]
    assert statuses == ["failed", "succeeded"]


# --- tools that are none ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        "call no_such_tool {}",
        'call look_up_text {"number":65,"part":"judgment"}',
        "call look_up_text {not json",
        'call save_reading {"title":""}',
        'call save_reading {"title":"A","user_id":"x"}',
    ],
)
def test_a_call_that_cannot_be_made_is_answered_and_the_reading_goes_on(
    ann: Api, call: str
) -> None:
    body = Body(f"say 1; {call}; say 2")

    events = ann.perform(body)

    result = next(event for event in events if event.type == "TOOL_CALL_RESULT")
    assert result.data["metadata"]["eryao"]["toolState"] == "failed"
    assert events[-1].data["outcome"] == {"type": "success"}
    assert len(text_of(events).split()) == 3
    (told,) = ann.calls(body.run)
    assert told["state"] == "failed"
    assert told["error"] == result.data["content"]
    assert ann.call(body.run, told["toolCallId"]).status_code == 200


# --- success --------------------------------------------------------------------------------------


def test_a_finished_run_tells_its_tokens_and_its_chart(ann: Api) -> None:
    body = Body(f"say 3; {LOOK_UP}; say 4")

    events = ann.perform(body)

    finished = assert_closed(ann, body)[-1].data
    assert finished == events[-1].data
    assert [entry["outputTokens"] for entry in finished["usage"]] == [3, 4]
    assert {entry["model"] for entry in finished["usage"]} == {"scripted"}
    assert finished["result"] == ann.session(body.thread)["divination_derived"]
    run = ann.run(body.run)
    assert run["usage"] == finished["usage"]
    assert run["createdAt"] <= run["startedAt"] <= run["endedAt"]
    assert movements(ann) == {("run", -10): 1}


def test_thoughts_come_as_reasoning_beside_the_text(ann: Api) -> None:
    events = ann.perform(Body("think 2; say 1"))

    kinds = [event.type for event in events]
    start = kinds.index("REASONING_START")
    assert kinds[start : start + 6] == [
        "REASONING_START",
        "REASONING_MESSAGE_START",
        "REASONING_MESSAGE_CONTENT",
        "REASONING_MESSAGE_CONTENT",
        "REASONING_MESSAGE_END",
        "REASONING_END",
    ]
    assert kinds[start + 6] == "TEXT_MESSAGE_START"
    thought, said = events[start].data["messageId"], events[start + 6].data["messageId"]
    assert thought != said


def test_a_run_of_thoughts_alone_is_a_success_without_a_message(ann: Api) -> None:
    body = Body("think 3")

    assert ann.perform(body)[-1].type == "RUN_FINISHED"

    roles = [message["role"] for message in ann.session(body.thread)["messages"]]
    assert roles == ["user"]


# --- calling off ----------------------------------------------------------------------------------


def assert_cancelled(api: Api, body: Body, *, refunded: bool) -> list[SeenEvent]:
    run = api.ended(body.run)
    assert (run["status"], run["refunded"], run["cancelRequested"]) == ("cancelled", refunded, True)
    events = assert_closed(api, body)
    assert events[-1].data["outcome"] == {"type": "cancelled"}
    expected = {("run", -10): 1} | ({("refund", 10): 1} if refunded else {})
    assert movements(api) == expected
    assert api.session(body.thread)["used"] == (0 if refunded else 1)
    return events


@pytest.mark.parametrize("script", ["fail stall", "think 3; fail stall"])
def test_a_run_called_off_before_its_first_word_costs_nothing(ann: Api, script: str) -> None:
    body = Body(script)
    with Viewer.starting(ann, body).seen("STATE_DELTA"):
        answer = ann.cancel(body.run)

    assert answer.status_code == 202
    assert_cancelled(ann, body, refunded=True)


def test_a_run_called_off_after_its_first_word_is_paid(ann: Api) -> None:
    body = Body("say 900 pace 20")
    with Viewer.starting(ann, body).seen("TEXT_MESSAGE_CONTENT", 2) as viewer:
        ann.cancel(body.run)
        viewer.ended()

    assert viewer.whole
    assert viewer.events[-1].data["outcome"] == {"type": "cancelled"}
    events = assert_cancelled(ann, body, refunded=False)
    assert [event.type for event in events].count("TEXT_MESSAGE_END") == 1
    last = ann.session(body.thread)["messages"][-1]
    assert last["content"] == text_of(events)


def test_cancelling_twice_or_after_the_end_changes_nothing(ann: Api) -> None:
    done, cancelled = Body("say 2"), Body("say 900 pace 20")
    ann.perform(done)
    ann.start(cancelled)
    for _ in range(3):
        assert ann.cancel(cancelled.run).status_code == 202
    assert ann.ended(cancelled.run)["status"] == "cancelled"
    log, balance = ann.log(done), ann.balance()

    after = [ann.cancel(done.run), ann.cancel(cancelled.run)]

    assert [answer.status_code for answer in after] == [202, 202]
    assert [answer.json()["status"] for answer in after] == ["succeeded", "cancelled"]
    assert after[0].json()["cancelRequested"] is False
    assert (ann.log(done), ann.balance()) == (log, balance)


def test_a_queued_run_is_called_off_when_its_turn_comes(eve: Api) -> None:
    """It ends without a word, and without the model being asked."""
    first, second = Body("say 900 pace 20"), Body("say 5")
    with Viewer.starting(eve, first).seen("TEXT_MESSAGE_CONTENT"):
        assert eve.start(second).json()["status"] == "queued"
        waiting = eve.cancel(second.run).json()
        assert (waiting["status"], waiting["cancelRequested"]) == ("queued", True)
        eve.cancel(first.run)

    assert eve.ended(second.run)["status"] == "cancelled"
    assert [event.type for event in assert_closed(eve, second)] == ["RUN_STARTED", "RUN_FINISHED"]
    assert eve.run(second.run)["refunded"] is True
    assert movements(eve) == {("run", -10): 2, ("refund", 10): 1}


def test_a_cancelled_session_can_go_on(ann: Api) -> None:
    body = Body("say 900 pace 20")
    with Viewer.starting(ann, body).seen("TEXT_MESSAGE_CONTENT", 2):
        ann.cancel(body.run)
    ann.ended(body.run)

    assert ann.perform(body.follow_up("say 2"))[-1].type == "RUN_FINISHED"
