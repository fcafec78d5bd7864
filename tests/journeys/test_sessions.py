"""The history: found again page by page, shown whole, restored in a fresh client, forgotten."""

from typing import Any
from uuid import uuid4

import pytest

from tests.support.api import Api, Body
from tests.support.approvals import SAVE, ask
from tests.support.problems import assert_problem
from tests.support.server import ServerProcess
from tests.support.viewer import Viewer, wait_until
from tests.support.worlds import shared

__all__ = ["shared"]

LOOK_UP = 'call look_up_text {"number":1,"part":"judgment"}'


def pages(api: Api, limit: int) -> list[list[Any]]:
    found: list[list[Any]] = []
    query = f"?limit={limit}"
    while query:
        page = api.get(f"/agent/sessions{query}").json()
        found.append(page["items"])
        assert len(found) < 20, "it goes round in circles"
        cursor = page["nextCursor"]
        query = f"?limit={limit}&cursor={cursor}" if cursor else ""
    return found


# --- the list -----------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6, 100])
def test_the_list_is_walked_page_by_page_newest_first(limit: int, ann: Api) -> None:
    bodies = [Body("say 1") for _ in range(5)]
    for body in bodies:
        ann.perform(body)

    found = pages(ann, limit)

    walked = [item["threadId"] for page in found for item in page]
    assert walked == [body.thread for body in reversed(bodies)]
    assert max(map(len, found)) <= limit
    times = [item["createdAt"] for page in found for item in page]
    assert times == sorted(times, reverse=True)
    assert {item["title"] for page in found for item in page} == {"Will the plan work out?"}


def test_a_user_without_sessions_has_an_empty_list(ann: Api) -> None:
    assert ann.get("/agent/sessions").json() == {"items": [], "nextCursor": None}


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=-1", "limit=x", "limit=１", "limit=", "cursor=x", "cursor=~"],
)
def test_a_page_that_makes_no_sense_is_refused(query: str, ann: Api) -> None:
    assert_problem(ann.get(f"/agent/sessions?{query}"), "REQUEST_VALIDATION_ERROR", 422)


# --- one session, its runs, its calls -------------------------------------------------------------


def test_a_session_shows_all_that_was_said_and_done_in_it(ann: Api) -> None:
    body = Body(f"say 2; {LOOK_UP}; say 1")
    ann.perform(body)

    shown = ann.session(body.thread)

    assert shown["threadId"] == body.thread
    assert [message["role"] for message in shown["messages"]] == [
        "user",
        "assistant",
        "tool",
        "assistant",
    ]
    assert shown["messages"][0] == {"id": body.message, "role": "user", "content": body.text}
    (call,) = shown["messages"][1]["toolCalls"]
    assert shown["messages"][2]["toolCallId"] == call["id"]
    assert len({message["id"] for message in shown["messages"]}) == 4
    assert shown["divination_derived"] == shown["state"]["divination_derived"]
    assert (shown["limit"], shown["used"], shown["interrupts"]) == (2, 1, [])
    assert shown["runs"] == [ann.run(body.run)]


def test_a_run_shows_what_it_cost_and_how_it_went(ann: Api) -> None:
    body = Body("say 3")
    ann.perform(body)

    run = ann.run(body.run)

    assert (run["threadId"], run["runId"]) == (body.thread, body.run)
    assert (run["kind"], run["status"], run["price"]) == ("divination", "succeeded", 10)
    assert (run["refunded"], run["cancelRequested"]) == (False, False)
    for time in ("createdAt", "startedAt", "endedAt"):
        assert run[time].endswith("Z")
        assert len(run[time]) == len("2026-01-01T00:00:00.000000Z")
    assert_problem(ann.get(f"/agent/runs/{uuid4()}"), "AGENT_RUN_NOT_FOUND", 404)
    assert_problem(ann.get("/agent/runs/r-1"), "AGENT_RUN_NOT_FOUND", 404)


def test_the_calls_of_a_run_are_listed_in_their_order(ann: Api) -> None:
    body = Body(f'{LOOK_UP}; call no_such {{}}; call save_reading {{"title":"T"}}; say 1')
    ann.perform(body)

    calls = ann.calls(body.run)

    assert [(call["name"], call["state"]) for call in calls] == [
        ("look_up_text", "completed"),
        ("no_such", "failed"),
        ("save_reading", "waiting"),
    ]
    assert calls[0]["arguments"] == {"number": 1, "part": "judgment"}
    assert all(call["runId"] == body.run for call in calls)
    assert calls[0]["startedAt"] <= calls[0]["endedAt"]
    assert ann.call(body.run, calls[0]["toolCallId"]).json() == calls[0]


# --- restored in a fresh client -------------------------------------------------------------------


def ending_of(events: list[Any]) -> Any:
    kinds = [event["type"] for event in events]
    assert kinds[:3] == ["RUN_STARTED", "STATE_SNAPSHOT", "MESSAGES_SNAPSHOT"]
    assert len(kinds) == 4
    return events[3]


def test_a_session_at_rest_is_restored_with_its_ending(ann: Api) -> None:
    body = Body(f"say 2; {LOOK_UP}; say 1")
    ann.perform(body)
    shown = ann.session(body.thread)

    events = ann.restore(body.thread)

    assert events[1]["snapshot"] == shown["state"]
    assert events[2]["messages"] == shown["messages"]
    assert ending_of(events)["outcome"] == {"type": "success"}
    assert ending_of(events)["runId"] == body.run


def test_a_session_that_waits_is_restored_with_its_question(ann: Api) -> None:
    body, (call_id,) = ask(ann, SAVE)

    ending = ending_of(ann.restore(body.thread))

    assert ending["outcome"]["type"] == "interrupt"
    assert [asked["toolCallId"] for asked in ending["outcome"]["interrupts"]] == [call_id]


def test_a_session_under_way_is_restored_with_the_address_of_its_run(ann: Api) -> None:
    body = Body("say 900 pace 20")
    with Viewer.starting(ann, body).seen("TEXT_MESSAGE_CONTENT", 2):
        events = ann.restore(body.thread)

    live = ending_of(events)["metadata"]["eryao"]
    assert live["liveRunId"] == body.run
    ann.cancel(body.run)
    ann.ended(body.run)
    followed = ann.http.get(live["eventsUrl"].removeprefix("/api/v1"))
    assert followed.status_code == 200
    assert [message["content"] for message in events[2]["messages"]] == [body.text]


@pytest.mark.parametrize(
    ("script", "code"),
    [("fail error", "AGENT_MODEL_UNAVAILABLE"), ("say 2; fail cut", "AGENT_MODEL_CUT")],
)
def test_a_session_that_failed_is_restored_with_its_error(script: str, code: str, ann: Api) -> None:
    body = Body(script)
    ann.perform(body)

    events = ann.restore(body.thread)

    assert (ending_of(events)["type"], ending_of(events)["code"]) == ("RUN_ERROR", code)
    assert events[2]["messages"][0]["content"] == body.text


# --- forgotten ------------------------------------------------------------------------------------


def test_a_forgotten_session_is_gone_with_all_that_hung_on_it(
    ann: Api, shared: ServerProcess
) -> None:
    body, kept = Body(f"say 2; {LOOK_UP}; say 1"), Body("say 1")
    ann.perform(body)
    ann.perform(kept)
    ledger = ann.get("/points/ledger").json()["items"]

    assert ann.http.delete(f"/agent/sessions/{body.thread}").status_code == 204

    gone = f"/agent/sessions/{body.thread}"
    for path in (gone, f"{gone}/connect", f"{gone}/events?runId={body.run}"):
        assert_problem(ann.get(path), "AGENT_SESSION_NOT_FOUND", 404)
    for path in (f"/agent/runs/{body.run}", f"/agent/runs/{body.run}/tool-calls"):
        assert_problem(ann.get(path), "AGENT_RUN_NOT_FOUND", 404)
    assert_problem(ann.http.delete(gone), "AGENT_SESSION_NOT_FOUND", 404)
    assert_problem(ann.start(body.follow_up()), "AGENT_SESSION_NOT_FOUND", 404)
    for table in ("messages", "runs", "tool_calls"):
        assert shared.beside.count(table, session_id=body.thread) == 0
    assert shared.beside.count("archived_logs", run_id=body.run) == 0
    assert [item["threadId"] for item in pages(ann, 10)[0]] == [kept.thread]
    left = ann.get("/points/ledger").json()["items"]
    assert [(e["id"], e["amount"]) for e in left] == [(e["id"], e["amount"]) for e in ledger]
    assert [entry.get("threadId") for entry in left] == [kept.thread, None, None]


def test_a_session_under_way_is_not_forgotten(ann: Api) -> None:
    body = Body("say 900 pace 20")
    ann.start(body)

    refused = ann.http.delete(f"/agent/sessions/{body.thread}")

    assert assert_problem(refused, "AGENT_SESSION_BUSY", 409)["runId"] == body.run
    ann.cancel(body.run)
    ann.ended(body.run)
    assert ann.http.delete(f"/agent/sessions/{body.thread}").status_code == 204


def test_a_session_that_waits_may_be_forgotten_with_its_question(ann: Api) -> None:
    body, (call_id,) = ask(ann, SAVE)

    assert ann.http.delete(f"/agent/sessions/{body.thread}").status_code == 204

    assert ann.decide(body.run, call_id).status_code == 404


def test_a_forgotten_sessions_name_may_be_used_again(ann: Api) -> None:
    body = Body("say 1")
    ann.perform(body)
    ann.http.delete(f"/agent/sessions/{body.thread}")

    again = Body("say 2", thread=body.thread)

    assert ann.perform(again)[-1].type == "RUN_FINISHED"
    assert len(ann.session(body.thread)["runs"]) == 1


def test_a_run_id_that_was_forgotten_is_answered_and_not_charged_twice(ann: Api) -> None:
    """A client whose POST was slow may repeat it after the user has cleared the history."""
    body = Body("say 1")
    ann.perform(body)
    ann.http.delete(f"/agent/sessions/{body.thread}")

    again = ann.start(body)

    assert not again.is_server_error, again.text
    charges = [e for e in ann.get("/points/ledger").json()["items"] if e["runId"] == body.run]
    assert len(charges) == 1


# --- long after -----------------------------------------------------------------------------------


def test_a_run_whose_log_was_dropped_is_told_as_a_snapshot(unstarted: ServerProcess) -> None:
    """Without a cursor what is left of it, with one a clear word: never a shorter stream."""
    body = Body(f"say 2; {LOOK_UP}; say 1")
    with unstarted.start().api() as ann:
        whole = ann.perform(body)
        shown = ann.session(body.thread)
    unstarted.kill()
    # A ten-millionth of a day: gone at the first sweep, which is at the start.
    unstarted.settings["LOG_RETENTION_DAYS"] = 1e-7
    unstarted.start()
    wait_until(lambda: unstarted.beside.count("archived_logs") == 0)

    with unstarted.api() as ann:
        events = ann.follow(body)
        assert [event.type for event in events] == [
            "RUN_STARTED",
            "STATE_SNAPSHOT",
            "MESSAGES_SNAPSHOT",
            "RUN_FINISHED",
        ]
        assert events[1].data["snapshot"] == shown["state"]
        assert events[2].data["messages"] == shown["messages"]
        for cursor in (whole[3].id, whole[-1].id, events[-1].id):
            with ann.following(body, cursor) as response:
                response.read()
                assert_problem(response, "AGENT_LOG_GONE", 410)
        assert ann.perform(body) == events
        assert ann.perform(body.follow_up())[-1].type == "RUN_FINISHED"
        assert ann.balance() == 85
    assert not unstarted.audit()["findings"]
