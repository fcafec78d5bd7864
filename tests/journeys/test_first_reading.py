"""From the cast to the last word, as a client sees it."""

from tests.support.api import CAST, RICH, Api, Body, text_of
from tests.support.server import Serve, ServerProcess


def test_a_divination_streams_from_the_first_event_to_the_last(server: ServerProcess) -> None:
    with server.api() as ann:
        events = ann.perform(Body("say 5"))

    kinds = [event.type for event in events]
    assert kinds[:3] == ["RUN_STARTED", "STATE_DELTA", "TEXT_MESSAGE_START"]
    assert kinds[-2:] == ["TEXT_MESSAGE_END", "RUN_FINISHED"]
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert len(text_of(events).split()) == 5


def test_a_reading_is_charged_once_and_the_books_are_clean(ann: Api, shared: ServerProcess) -> None:
    ann.perform(Body())

    assert ann.balance() == 90
    assert shared.audit()["clean"]


def test_a_reading_may_be_asked_for_first_and_followed_later(ann: Api) -> None:
    body = Body("say 3")

    answer = ann.start(body)

    url = f"/api/v1/agent/sessions/{body.thread}/events?runId={body.run}"
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/api/v1/agent/runs/{body.run}"
    assert answer.json() == {
        "threadId": body.thread,
        "runId": body.run,
        "status": "queued",
        "eventsUrl": url,
        "price": 10,
        "balance": 90,
    }
    assert len(text_of(ann.follow(body)).split()) == 3
    assert ann.ended(body.run)["status"] == "succeeded"


def test_the_stream_begins_with_the_chart_of_the_cast(ann: Api) -> None:
    events = ann.perform(Body("say 1"))

    started, chart = events[0].data, events[1].data
    assert started["protocolVersion"] == "1.0"
    (operation,) = chart["delta"]
    assert (operation["op"], operation["path"]) == ("add", "/divination_derived")
    assert operation["value"]["cast"]["lines"] == CAST["lines"]
    assert events[-1].data["result"] == operation["value"]


def test_a_client_whose_state_is_no_object_gets_a_whole_one(ann: Api) -> None:
    kinds = [event.type for event in ann.perform(Body("say 1"), state="none")]

    assert kinds[:2] == ["RUN_STARTED", "STATE_SNAPSHOT"]


def test_every_answer_of_the_model_is_a_message_of_its_own(ann: Api) -> None:
    """Thoughts, words and calls interleave; each is opened and closed under its own id."""
    events = ann.perform(Body(RICH))

    opened = [e.data["messageId"] for e in events if e.type == "TEXT_MESSAGE_START"]
    closed = [e.data["messageId"] for e in events if e.type == "TEXT_MESSAGE_END"]
    assert opened == closed
    assert len(set(opened)) == 2
    call = next(event.data for event in events if event.type == "TOOL_CALL_START")
    assert call["parentMessageId"] == opened[0]
    kinds = [event.type for event in events]
    assert kinds.index("TOOL_CALL_END") < kinds.index("TOOL_CALL_RESULT")


def test_joined_deltas_say_the_same_in_fewer_events(serve: Serve) -> None:
    server = serve(JOIN_DELTAS="true")
    with server.api() as ann:
        events = ann.perform(Body("say 120; call no_such {}; say 3"))
        cut = ann.perform(Body("fail cut after 7"))

    assert len(text_of(events).split()) == 123
    assert [event.type for event in events].count("TEXT_MESSAGE_CONTENT") < 10
    assert events[-1].type == "RUN_FINISHED"
    assert len(text_of(cut).split()) == 7


def test_the_built_in_interpreter_reads_without_a_key_or_a_network(serve: Serve) -> None:
    server = serve(MODEL_URL="builtin:", BUILTIN_PACE_MS=0)
    with server.api() as ann:
        body = Body("Will the plan work out?")
        events = ann.perform(body)

        assert events[-1].data["outcome"] == {"type": "success"}
        assert len(text_of(events)) > 500
        follow_up = ann.perform(body.follow_up("And when?"))
        assert len(text_of(follow_up)) > 50
        assert text_of(follow_up) != text_of(events)
