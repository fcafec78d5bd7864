"""Problems as clients see them, and the pages that explain them."""

import logging
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from runtime.clock import SystemClock
from runtime.errors import Code, FieldError, Flaw, Problem
from runtime.ids import Ids
from runtime.web.directory import Directory
from runtime.web.middleware import Requests
from runtime.web.operation import Operation, routes
from runtime.web.problems import Guard, ProblemPages

RAISED: dict[str, Exception] = {
    "points": Problem(Code.POINTS_INSUFFICIENT_BALANCE, "Too dear.", balance=1, price=5),
    "slots": Problem(Code.AGENT_SSE_CONNECTION_LIMIT, retryAfter=3),
    "fields": Problem(
        Code.REQUEST_VALIDATION_ERROR,
        errors=[FieldError("/a", "wrong"), FieldError("/b", "long", Flaw.TOO_LONG, 3)],
    ),
    "draining": Problem(Code.SERVER_DRAINING),
    "crash": ValueError("CANARY"),
    "gone": ClientDisconnect(),
}


async def _raise(request: Request) -> Response:
    raise RAISED[request.path_params["name"]]


async def _half(request: Request) -> Response:
    async def chunks() -> Any:
        yield b"half"
        raise ValueError("CANARY")

    return StreamingResponse(chunks())


@pytest.fixture
def client() -> TestClient:
    declared = Operation("GET", "/declared/{name}", _raise, summary="It", public=True)
    app = Directory(
        [
            Route("/raise/{name}", _raise),
            Route("/half", _half),
            *routes([declared, *ProblemPages().operations()]),
        ],
    )
    return TestClient(Guard(app))


def test_a_problem_has_the_members_of_the_rfc_and_its_own(client: TestClient) -> None:
    answer = client.get("/raise/points")

    assert answer.status_code == 402
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "/problems/POINTS_INSUFFICIENT_BALANCE",
        "title": "Not enough points",
        "status": 402,
        "detail": "Too dear.",
        "instance": "/raise/points",
        "code": "POINTS_INSUFFICIENT_BALANCE",
        "balance": 1,
        "price": 5,
    }


def test_every_code_leaves_with_its_status(client: TestClient) -> None:
    for code in Code:
        members: dict[str, Any] = dict.fromkeys(code.members, 1)
        RAISED["any"] = Problem(code, **members)

        answer = client.get("/raise/any")

        assert (answer.status_code, answer.json()["code"]) == (code.status, code.name)


def test_a_429_says_twice_how_long_to_wait(client: TestClient) -> None:
    answer = client.get("/raise/slots")

    assert (answer.headers["retry-after"], answer.json()["retryAfter"]) == ("3", 3)


def test_a_passing_503_says_when_to_come_back(client: TestClient) -> None:
    assert client.get("/raise/draining").headers["retry-after"] == "2"


def test_field_errors_are_listed(client: TestClient) -> None:
    assert client.get("/raise/fields").json()["errors"] == [
        {"pointer": "/a", "message": "wrong", "type": "invalid"},
        {"pointer": "/b", "message": "long", "type": "too_long", "limit": 3},
    ]


def test_what_no_call_has_refused_comes_in_the_same_form(client: TestClient) -> None:
    unknown, wrong = client.get("/nowhere"), client.post("/declared/any")

    assert (unknown.status_code, unknown.json()["code"]) == (404, "ROUTE_NOT_FOUND")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert "GET" in wrong.headers["allow"]


def test_a_bug_is_an_internal_error_that_tells_nothing(client: TestClient) -> None:
    answer = client.get("/raise/crash")

    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_ERROR")
    assert "CANARY" not in answer.text


def test_a_crash_is_logged_once_with_its_trace(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/raise/crash")

    assert [record.message for record in caplog.records if record.exc_info] == ["crashed"]


def test_a_client_that_left_is_no_error_of_ours(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/raise/gone")

    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_refusal_that_was_not_declared_is_noticed(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/declared/points")

    assert [getattr(record, "code", None) for record in caplog.records if record.levelno >= 30] == [
        "POINTS_INSUFFICIENT_BALANCE"
    ]


async def test_a_crash_of_a_layer_is_a_problem_too() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("CANARY")

    answer = TestClient(Requests(broken, Ids(SystemClock()))).get("/")

    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_ERROR")


async def test_an_answer_cut_by_a_crash_is_left_incomplete() -> None:
    """Ending it properly would make half an answer look whole."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    app = Requests(Guard(Directory([Route("/half", _half)])), Ids(SystemClock()))
    scope = {"type": "http", "method": "GET", "path": "/half", "headers": [], "query_string": b""}
    await app({**scope, "asgi": {"spec_version": "2.4"}}, receive, send)

    assert sent[-1] == {"type": "http.response.body", "body": b"half", "more_body": True}


async def test_the_guard_leaves_other_scopes_alone() -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    with TestClient(Guard(Directory([]))):
        pass
    await Guard(app)({"type": "lifespan"}, None, None)  # type: ignore[arg-type]
    assert seen == ["lifespan"]


def test_problems_are_listed_for_programs(client: TestClient) -> None:
    listed = client.get("/problems", headers={"accept": "application/json"}).json()

    assert listed.keys() == {"items"}
    assert {item["code"] for item in listed["items"]} == set(Code.__members__)
    busy = next(item for item in listed["items"] if item["code"] == "AGENT_SESSION_BUSY")
    assert busy == {
        "code": "AGENT_SESSION_BUSY",
        "status": 409,
        "title": "The session is busy",
        "area": "agent session",
        "retryable": True,
        "members": ["interrupts", "runId"],
    }


def test_one_problem_is_told_to_programs_in_the_same_form(client: TestClient) -> None:
    headers = {"accept": "application/json"}

    listed = client.get("/problems/AGENT_FORBIDDEN", headers=headers).json()

    assert [item["code"] for item in listed["items"]] == ["AGENT_FORBIDDEN"]


def test_every_type_leads_to_a_page_for_people(client: TestClient) -> None:
    assert "AGENT_FORBIDDEN" in client.get("/problems", headers={"accept": "text/html"}).text
    for code in Code:
        answer = client.get(f"/problems/{code.name}", headers={"accept": "text/html"})
        assert answer.headers["content-type"].startswith("text/html")
        assert code.name in answer.text


def test_a_problem_that_does_not_exist_has_no_page(client: TestClient) -> None:
    assert client.get("/problems/NO_SUCH").json()["code"] == "ROUTE_NOT_FOUND"
