"""The client's runId names the run: however often it is sent, there is one run and one charge."""

from typing import Any
from uuid import uuid4

import pytest

from tests.support.api import CAST, EVENT_STREAM, Api, Body, frames_in
from tests.support.problems import assert_problem
from tests.support.server import ServerProcess
from tests.support.viewer import Viewer, at_once
from tests.support.worlds import shared

__all__ = ["shared"]

COPIES = 50
STREAMS = 3


def tool(name: str, description: str = "does a thing") -> dict[str, Any]:
    return {"name": name, "description": description, "parameters": {"type": "object"}}


def entries(api: Api) -> list[Any]:
    return list(api.get("/points/ledger").json()["items"])


def test_the_same_body_again_is_the_same_run_while_it_is_going(ann: Api) -> None:
    body = Body("say 30 pace 10")
    first = ann.start(body)

    again = ann.start(body)
    stream = ann.perform(body)

    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json()["runId"] == body.run
    assert again.json()["balance"] == first.json()["balance"] == 90
    assert stream[0].type == "RUN_STARTED"
    assert stream[-1].type == "RUN_FINISHED"
    assert ann.balance() == 90


@pytest.mark.parametrize(
    ("script", "status", "left"),
    [("say 4", "succeeded", 90), ("fail error after 3", "failed", 100)],
)
def test_the_same_body_again_is_the_same_run_after_its_end(
    ann: Api, script: str, status: str, left: int
) -> None:
    """Also a failed one: a new try is a new runId, this one only tells again what happened."""
    body = Body(script)
    first = ann.perform(body)
    log = ann.log(body)

    again = ann.start(body)
    stream = ann.perform(body)

    assert (again.status_code, again.json()["status"]) == (202, status)
    assert stream == first
    assert ann.log(body) == log
    assert ann.balance() == left
    assert len(ann.session(body.thread)["runs"]) == 1


def test_the_same_follow_up_again_is_the_same_run(ann: Api) -> None:
    first = Body()
    ann.perform(first)
    follow_up = first.follow_up()

    told = [ann.perform(follow_up), ann.perform(follow_up)]

    assert told[0] == told[1]
    assert ann.balance() == 85


def test_what_a_client_merely_echoes_makes_no_other_body(ann: Api) -> None:
    """AG-UI clients resend messages, state and context as they happen to be."""
    body = Body()
    ann.perform(body, tools=[tool("a"), tool("b")])
    earlier = {"id": str(uuid4()), "role": "assistant", "content": "Hello."}

    again = ann.start(
        body,
        messages=[earlier, *body.json()["messages"]],
        state={"anything": 1},
        tools=[tool("b"), tool("a")],
        context=[{"description": "c", "value": "d"}],
        protocolVersion="1.0",
    )

    assert again.status_code == 202
    assert ann.balance() == 90


OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("another text", {"messages": [{"id": "1", "role": "user", "content": "say 6"}]}),
    ("another session", {"threadId": str(uuid4())}),
    (
        "another cast",
        {
            "forwardedProps": {
                "runtime_mode": "divination",
                "divinationPayload": {**CAST, "question": "Will it rain?"},
            }
        },
    ),
    ("another tool", {"tools": [tool("b")]}),
    ("more tools", {"tools": [tool("a"), tool("b")]}),
    ("no tools", {"tools": []}),
    ("a tool that is told otherwise", {"tools": [tool("a", "does another thing")]}),
    ("another mode", {"forwardedProps": {"runtime_mode": "follow_up"}}),
]


@pytest.mark.parametrize(
    "changes", [other for _, other in OTHERS], ids=[name for name, _ in OTHERS]
)
def test_the_same_run_id_with_another_body_is_refused(ann: Api, changes: dict[str, Any]) -> None:
    body = Body(message="1")
    ann.perform(body, tools=[tool("a")])

    refused = ann.start(body, **{"tools": [tool("a")], **changes})

    assert_problem(refused, "AGENT_PAYLOAD_INVALID", 422)
    assert ann.balance() == 90
    assert ann.run(body.run)["status"] == "succeeded"


def test_another_users_run_id_is_forbidden(ann: Api, bob: Api) -> None:
    body = Body()
    ann.perform(body)

    refused = bob.start(Body(run=body.run))

    assert_problem(refused, "AGENT_FORBIDDEN", 403)
    assert bob.balance() == 100
    assert bob.get("/agent/sessions").json()["items"] == []


def test_a_refused_run_does_not_use_its_id_up(ann: Api, shared: ServerProcess) -> None:
    shared.beside.set_balance(ann.email, 3)
    body = Body()
    assert_problem(ann.start(body), "POINTS_INSUFFICIENT_BALANCE", 402)

    shared.beside.set_balance(ann.email, 100)

    assert ann.perform(body)[-1].type == "RUN_FINISHED"
    assert ann.balance() == 90


def test_fifty_copies_at_once_are_one_run_and_one_charge(ann: Api) -> None:
    body = Body("say 10 pace 20")

    def ask(number: int) -> tuple[int, bytes]:
        if number < STREAMS:
            with Viewer.starting(ann, body) as viewer:
                return viewer.ended().status, viewer.raw
        answer = ann.post("/agent/runs", json=body.json())
        return answer.status_code, answer.content

    answers = at_once(COPIES, ask)

    assert [status for status, _ in answers] == [200] * STREAMS + [202] * (COPIES - STREAMS)
    logs = {b"".join(frames_in(content)) for status, content in answers if status == 200}
    assert logs == {ann.log(body)}
    assert [entry["kind"] for entry in entries(ann)] == ["run", "signup"]
    assert [run["runId"] for run in ann.session(body.thread)["runs"]] == [body.run]
    assert ann.balance() == 90


def test_the_events_of_a_repeated_post_are_those_of_the_first(ann: Api) -> None:
    """Down to the bytes: a client that retries its POST may splice the two answers."""
    body = Body("think 2; say 20 pace 10")
    with Viewer.starting(ann, body).seen("TEXT_MESSAGE_CONTENT", 3) as first:
        pass

    with ann.stream(body) as response:
        again = frames_in(b"".join(response.iter_raw()))

    assert EVENT_STREAM["Accept"] in response.headers["content-type"]
    assert again[: len(first.frames)] == first.frames
    assert b'"RUN_FINISHED"' in again[-1]
