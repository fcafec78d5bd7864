"""What surrounds every request."""

import logging
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from runtime.clock import SystemClock
from runtime.ids import Ids, is_uuid
from runtime.settings import Settings
from runtime.web import middleware
from runtime.web.directory import Directory
from runtime.web.identity import User
from runtime.web.middleware import Drain, Requests, harden, route_of
from runtime.web.operation import Operation, routes

SETTINGS = Settings()


class Doors:
    """An authenticator for whom every token is good."""

    async def authenticate(self, token: str) -> User:
        return User(token, f"{token}@example.com")


async def _ignore(request: Request) -> Response:
    return Response("ignored")


async def _crash(request: Request) -> Response:
    raise ValueError("CANARY")


def _app(settings: Settings = SETTINGS, observe: middleware.Observe | None = None) -> ASGIApp:
    operations = [
        Operation("GET", "/ignore/{id}", _ignore, summary="It", public=True),
        Operation("POST", "/ignore/{id}", _ignore, summary="It", public=True),
        Operation("GET", "/crash", _crash, summary="It", public=True),
        Operation("GET", "/mine", _ignore, summary="It"),
    ]
    app = Directory(routes(operations, "/v1", Doors()))
    return harden(app, settings, Ids(SystemClock()), observe=observe)


@pytest.fixture
def client() -> TestClient:
    return TestClient(_app())


def test_every_answer_has_an_id_and_safe_headers(client: TestClient) -> None:
    for path in ("/v1/ignore/1", "/nowhere", "/v1/crash"):
        answer = client.get(path)
        assert is_uuid(answer.headers["x-request-id"])
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"


def test_a_problem_names_the_request_that_it_is_about(client: TestClient) -> None:
    answer = client.get("/nowhere", headers={"x-request-id": "abc-1"})

    assert answer.headers["x-request-id"] == "abc-1"
    assert answer.json()["instance"] == "urn:request:abc-1"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, 'a"b', "a\tb"])
def test_a_strange_request_id_is_replaced(client: TestClient, given: str) -> None:
    assert is_uuid(
        client.get("/v1/ignore/1", headers={"x-request-id": given}).headers["x-request-id"]
    )


def _line(caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    [record] = [record for record in caplog.records if record.name == "runtime.web.access"]
    return record.__dict__


def test_the_log_says_how_a_request_went(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "runtime.web.access")

    client.get("/v1/mine?secret=CANARY", headers={"authorization": "Bearer ann"})

    line = _line(caplog)
    assert (line["method"], line["route"], line["status"]) == ("GET", "/v1/mine", 200)
    assert line["user_id"] == "ann"
    assert line["ms"] > 0
    assert "CANARY" not in str(line)


def test_a_crash_counts_as_500(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "runtime.web.access")

    TestClient(_app()).get("/v1/crash")

    assert _line(caplog)["status"] == 500


def test_requests_are_counted_by_the_routes_pattern_not_by_the_path() -> None:
    seen: list[tuple[str, str, int]] = []

    def observe(route: str, method: str, status: int, seconds: float) -> None:
        assert seconds >= 0
        seen.append((route, method, status))

    client = TestClient(_app(observe=observe))
    client.get("/v1/ignore/7")
    client.get("/some/scan.php")
    client.request("BREW", "/v1/ignore/7")

    assert seen == [
        ("/v1/ignore/{id}", "GET", 200),
        ("(none)", "GET", 404),
        ("/v1/ignore/{id}", "OTHER", 405),
    ]


async def test_other_scopes_pass_untouched() -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    await Requests(app, Ids(SystemClock()))({"type": "lifespan"}, None, None)  # type: ignore[arg-type]

    assert seen == ["lifespan"]
    assert route_of({"type": "http"}) == "(none)"


ORIGIN = "https://app.example.com"


def test_bodies_are_held_to_the_limit_of_the_settings() -> None:
    client = TestClient(_app(Settings(body_limit_kb=1)))

    answer = client.post("/v1/ignore/1", content=b"x", headers={"content-encoding": "gzip"})

    assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert answer.json()["instance"].startswith("urn:request:")


@pytest.fixture
def browser() -> TestClient:
    return TestClient(_app(Settings(allowed_origins=(ORIGIN,))))


def test_browsers_of_the_origins_may_call_everything(browser: TestClient) -> None:
    asked = {"origin": ORIGIN, "access-control-request-method": "DELETE"}
    asked["access-control-request-headers"] = "authorization,content-type,last-event-id"

    preflight = browser.options("/v1/ignore/1", headers=asked)
    answer = browser.get("/nowhere", headers={"origin": ORIGIN})

    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == ORIGIN
    assert "DELETE" in preflight.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "X-Request-ID" in answer.headers["access-control-expose-headers"]


def test_browsers_of_other_origins_may_not(browser: TestClient, client: TestClient) -> None:
    asked = {"origin": "https://evil.example", "access-control-request-method": "GET"}

    assert (
        "access-control-allow-origin" not in browser.options("/v1/ignore/1", headers=asked).headers
    )
    assert "access-control-allow-origin" not in browser.get("/nowhere", headers=asked).headers
    assert "access-control-allow-origin" not in client.get("/nowhere", headers=asked).headers


async def test_the_drain_begins_once_for_all_who_wait() -> None:
    drain = Drain()
    assert not drain.is_draining

    drain.begin()
    drain.begin()

    assert drain.is_draining
    await drain.event.wait()


async def test_a_stream_runs_when_the_layers_within_have_let_go() -> None:
    """They would be held, and gone through at every word, for as long as it lasts."""
    told: list[str] = []

    async def routes(scope: Scope, receive: Receive, send: Send) -> None:
        async def stream() -> None:
            told.append("stream")

        scope["stream"] = stream

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        await routes(scope, receive, send)
        told.append("let go")

    app = Requests(layer, Ids(SystemClock()))
    scope: Scope = {"type": "http", "method": "GET", "headers": []}
    await app(scope, None, None)  # type: ignore[arg-type]

    assert told == ["let go", "stream"]
    assert "stream" not in scope, "a connection that is kept would keep the stream too"
