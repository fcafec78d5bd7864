"""Every way to be refused: its code, its shape, its turn in the contract's order, and no trace."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import httpx2
import pytest

from tests.support import web
from tests.support.api import EVENT_STREAM, Api, Body
from tests.support.faults import ALL, PAIRS, STAGES, Fault, spoiled
from tests.support.problems import assert_problem
from tests.support.server import ServerProcess
from tests.support.viewer import Viewer, free_slots, wait_until


@contextmanager
def nothing_kept(api: Api, server: ServerProcess) -> Iterator[None]:
    """No run, no session, no message, no points: whatever is asked within leaves no trace."""

    def traces() -> list[int]:
        mine = server.beside
        tables = ("runs", "sessions", "messages", "ledger", "tool_calls")
        return [api.balance(), *(mine.count(table) for table in tables)]

    before = traces()
    yield
    assert traces() == before


def post(api: Api, body: Any, **headers: str) -> httpx2.Response:
    return api.post("/agent/runs", json=body, headers=headers)


@pytest.mark.parametrize("fault", ALL, ids=[fault.name for fault in ALL])
def test_a_body_is_refused_for(fault: Fault, ann: Api, shared: ServerProcess) -> None:
    with nothing_kept(ann, shared):
        answers = [post(ann, spoiled(fault)), post(ann, spoiled(fault), **EVENT_STREAM)]

    for answer in answers:
        problem = assert_problem(answer, fault.code, fault.status)
        if fault.pointer is not None:
            pointers = [error["pointer"] for error in problem["errors"]]
            assert any(pointer.startswith(fault.pointer) for pointer in pointers), pointers


def test_of_two_faults_the_earlier_one_is_answered(ann: Api, shared: ServerProcess) -> None:
    assert len(PAIRS) > 100

    with nothing_kept(ann, shared):
        for early, late in PAIRS:
            problem = assert_problem(post(ann, spoiled(early, late)), early.code, early.status)
            assert problem["code"] == early.code, f"{early.name} with {late.name}"


NOT_BODIES: list[tuple[str, bytes]] = [
    ("no JSON", b"{"),
    ("nothing", b""),
    ("a list", b"[]"),
    ("a name that stands twice", b'{"runId": "a", "runId": "b"}'),
    ("bytes that are no UTF-8", b'{"runId": "\xff"}'),
    ("nested too deeply", b'{"state": ' + b"[" * 5_000 + b"]" * 5_000 + b"}"),
    ("a number that is none", b'{"state": NaN}'),
    ("an integer beyond 64 bits", b'{"state": 99999999999999999999}'),
    ("the character zero", b'{"state": "\\u0000"}'),
]


@pytest.mark.parametrize("content", [c for _, c in NOT_BODIES], ids=[n for n, _ in NOT_BODIES])
def test_what_is_no_body_is_refused(content: bytes, ann: Api, shared: ServerProcess) -> None:
    json_type = {"Content-Type": "application/json"}
    with nothing_kept(ann, shared):
        answer = ann.post("/agent/runs", content=content, headers=json_type)

    assert_problem(answer, "AGENT_RUN_INPUT_INVALID", 422)


def test_a_body_over_the_limit_or_of_another_type_is_refused(
    ann: Api, shared: ServerProcess
) -> None:
    large = Body().json(state={"padding": "x" * 1_100_000})
    with nothing_kept(ann, shared):
        too_large = post(ann, large)
        other_type = ann.post(
            "/agent/runs", content=b"runId=1", headers={"Content-Type": "text/plain"}
        )

    assert_problem(too_large, "REQUEST_TOO_LARGE", 413)
    assert_problem(other_type, "UNSUPPORTED_MEDIA_TYPE", 415)


@pytest.mark.parametrize("content", [c for _, c in NOT_BODIES], ids=[n for n, _ in NOT_BODIES])
def test_what_does_not_say_that_it_is_json_is_judged_by_what_it_is(
    content: bytes, ann: Api, shared: ServerProcess
) -> None:
    """Clients that send bytes often name no type: their mistake then has the call's own code."""
    with nothing_kept(ann, shared):
        refused = ann.post("/agent/runs", content=content)
    body = Body("say 1")
    taken = ann.post("/agent/runs", content=json.dumps(body.json()).encode())

    assert "content-type" not in taken.request.headers
    assert_problem(refused, "AGENT_RUN_INPUT_INVALID", 422)
    assert taken.status_code == 202
    # It keeps something, which must not be while the next one counts.
    ann.ended(body.run)


def test_a_letter_that_no_store_takes_is_the_casts_fault_where_it_stands_in_the_cast(
    ann: Api, shared: ServerProcess
) -> None:
    pointer = "/forwardedProps/divinationPayload/question"
    spoiled_cast = deepcopy(Body().json())
    spoiled_cast["forwardedProps"]["divinationPayload"]["question"] = "Will\0it?"
    spoiled_words = deepcopy(Body().json())
    spoiled_words["messages"][0]["content"] = "Will\0it?"
    with nothing_kept(ann, shared):
        cast = post(ann, spoiled_cast)
        words = post(ann, spoiled_words)

    problem = assert_problem(cast, "AGENT_PAYLOAD_INVALID", 422)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert_problem(words, "AGENT_RUN_INPUT_INVALID", 422)


def test_an_answer_to_a_tool_is_no_message_to_begin_with(ann: Api, shared: ServerProcess) -> None:
    answer = {"id": "m1", "role": "tool", "toolCallId": "c1", "content": "done"}
    with nothing_kept(ann, shared):
        new = post(ann, Body().json(messages=[answer]))
        unknown = post(ann, Body(mode="follow_up").json(messages=[answer]))

    for refused in (new, unknown):
        problem = assert_problem(refused, "AGENT_RUN_MESSAGES_INVALID", 422)
        assert problem["errors"][0]["pointer"] == "/messages/0/role"


@pytest.mark.parametrize("accept", ["Text/Event-Stream", "text/event-stream;q=1, */*;q=0.1"])
def test_a_stream_may_be_asked_for_in_any_spelling(accept: str, ann: Api) -> None:
    answer = post(ann, Body("say 1").json(), Accept=accept)

    assert answer.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer x.y.z", "Basic YTpi"])
def test_a_stranger_is_refused_before_the_body_is_read(
    token: str, ann: Api, shared: ServerProcess
) -> None:
    with nothing_kept(ann, shared):
        answer = web.post(
            f"{shared.url}/api/v1/agent/runs",
            content=b"{",
            headers={"Authorization": token} if token else {},
        )

    assert_problem(answer, "AUTH_UNAUTHORIZED", 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")


# --- what depends on the state of things --------------------------------------------------------


@pytest.fixture
def crowded(ann: Api) -> Iterator[tuple[Body, Body]]:
    """A session with its reading whose follow-up is under way."""
    first = Body("say 2")
    ann.perform(first)
    second = first.follow_up("say 500 pace 20")
    assert ann.start(second).status_code == 202
    yield first, second
    ann.cancel(second.run)
    ann.ended(second.run)


def test_streams_are_counted_after_the_body_and_before_the_session(
    ann: Api, shared: ServerProcess, crowded: tuple[Body, Body]
) -> None:
    _, going = crowded
    viewers = [Viewer.of(ann, going).answered() for _ in range(3)]
    shared.beside.set_balance(ann.email, 0)
    with nothing_kept(ann, shared):
        malformed = post(ann, spoiled(STAGES[-1][0]), **EVENT_STREAM)
        busy = post(ann, going.follow_up().json(), **EVENT_STREAM)
        poor = post(ann, Body().json(), **EVENT_STREAM)
        unstreamed = post(ann, Body().json())

    assert_problem(malformed, "AGENT_DIVINATION_PAYLOAD_REQUIRED", 422)
    for refused in (busy, poor):
        problem = assert_problem(refused, "AGENT_SSE_CONNECTION_LIMIT", 429)
        assert problem["retryAfter"] == int(refused.headers["retry-after"])
    assert_problem(unstreamed, "POINTS_INSUFFICIENT_BALANCE", 402)
    for viewer in viewers:
        viewer.leave()


def test_within_the_transaction_the_order_is_the_contracts(
    ann: Api, bob: Api, shared: ServerProcess, crowded: tuple[Body, Body]
) -> None:
    """Owner, same runId, busy, limit, second reading, balance: each hides all that come after."""
    first, going = crowded
    shared.beside.set_balance(ann.email, 0)
    shared.beside.set_balance(bob.email, 0)
    seen = {"run": first.run}
    with nothing_kept(ann, shared):
        foreign = bob.start(Body(mode="follow_up", thread=first.thread, **seen))
        unknown = ann.start(Body(mode="follow_up", **seen))
        same_id = ann.start(Body("say 9", mode="follow_up", thread=first.thread, **seen))
        busy = ann.start(first.follow_up())
        busy_again = ann.start(Body(thread=first.thread))

    assert_problem(foreign, "AGENT_FORBIDDEN", 403)
    assert_problem(unknown, "AGENT_SESSION_NOT_FOUND", 404)
    assert_problem(same_id, "AGENT_PAYLOAD_INVALID", 422)
    assert assert_problem(busy, "AGENT_SESSION_BUSY", 409)["runId"] == going.run
    assert_problem(busy_again, "AGENT_SESSION_BUSY", 409)


def test_the_limit_comes_before_the_second_reading_and_both_before_the_balance(
    ann: Api, shared: ServerProcess
) -> None:
    full, half = Body("say 1"), Body("say 1")
    ann.perform(full)
    ann.perform(full.follow_up("say 1"))
    ann.perform(half)
    shared.beside.set_balance(ann.email, 0)
    with nothing_kept(ann, shared):
        over = ann.start(Body(thread=full.thread))
        second = ann.start(Body(thread=half.thread))
        poor = ann.start(half.follow_up())

    assert_problem(over, "AGENT_SESSION_RUN_LIMIT_EXCEEDED", 409)
    assert_problem(second, "AGENT_SESSION_HAS_READING", 409)
    problem = assert_problem(poor, "POINTS_INSUFFICIENT_BALANCE", 402)
    assert (problem["balance"], problem["price"]) == (0, 5)


def test_no_refusal_keeps_a_slot(
    ann: Api, shared: ServerProcess, crowded: tuple[Body, Body]
) -> None:
    first, going = crowded
    refusals = [spoiled(fault) for fault in ALL]
    refusals += [going.follow_up().json(), Body(mode="follow_up").json()]
    refusals += [Body("say 9", run=first.run, thread=first.thread).json()]

    answers = [post(ann, body, **EVENT_STREAM) for body in refusals]

    assert all(answer.is_client_error for answer in answers)
    wait_until(lambda: free_slots(ann, going) == 3)
