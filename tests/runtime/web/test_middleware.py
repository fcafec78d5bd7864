"""What surrounds every request."""

import logging
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from runtime.clock import SystemClock
from runtime.ids import Ids, is_uuid
from runtime.settings import Settings
from runtime.web import middleware
from runtime.web.identity import User
from runtime.web.middleware import Drain, Requests, harden, route_of
from runtime.web.operation import Operation, routes
from runtime.web.parsing import read_body
from runtime.web.problems import exception_handlers
from tests.runtime.web.live import connected, everything, serving, until

LIMIT = 1_024
SETTINGS = Settings(port=0, body_limit_kb=1, body_seconds=0.2, header_seconds=0.4)


class Doors:
    """An authenticator for whom every token is good."""

    async def authenticate(self, token: str) -> User:
        return User(token, f"{token}@example.com")


async def _read(request: Request) -> Response:
    return Response(str(len(await read_body(request))))


async def _ignore(request: Request) -> Response:
    return Response("ignored")


async def _crash(request: Request) -> Response:
    raise ValueError("CANARY")


async def _stream(request: Request) -> Response:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"a"
        while (await request.receive())["type"] != "http.disconnect":
            yield b"b"

    return StreamingResponse(chunks())


def _app(settings: Settings = SETTINGS, observe: middleware.Observe | None = None) -> ASGIApp:
    operations = [
        Operation("POST", "/read", _read, summary="It", public=True),
        Operation("POST", "/large", _read, summary="It", public=True, body_limit=4 * LIMIT),
        Operation("GET", "/ignore/{id}", _ignore, summary="It", public=True),
        Operation("POST", "/ignore/{id}", _ignore, summary="It", public=True),
        Operation("POST", "/stream", _stream, summary="It", public=True),
        Operation("GET", "/crash", _crash, summary="It", public=True),
        Operation("GET", "/mine", _ignore, summary="It"),
    ]
    app = Starlette(
        routes=routes(operations, "/v1", Doors()), exception_handlers=exception_handlers()
    )
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


def test_a_body_up_to_the_limit_is_read(client: TestClient) -> None:
    assert client.post("/v1/read", content=b"x" * LIMIT).text == str(LIMIT)
    assert client.post("/v1/read", content=iter([b"x" * LIMIT])).text == str(LIMIT)


def test_a_body_over_the_limit_is_refused_declared_or_not(client: TestClient) -> None:
    for content in (b"x" * (LIMIT + 1), iter([b"x" * LIMIT, b"x"])):
        answer = client.post("/v1/read", content=content)
        assert (answer.status_code, answer.json()["code"]) == (413, "REQUEST_TOO_LARGE")


def test_a_route_may_take_more(client: TestClient) -> None:
    assert client.post("/v1/large", content=b"x" * 4 * LIMIT).status_code == 200
    assert client.post("/v1/large", content=b"x" * (4 * LIMIT + 1)).status_code == 413


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip"])
def test_compressed_bodies_are_refused(client: TestClient, encoding: str) -> None:
    answer = client.post("/v1/read", content=b"x", headers={"content-encoding": encoding})

    assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert (
        client.post("/v1/read", content=b"x", headers={"content-encoding": "identity"}).text == "1"
    )


ORIGIN = "https://app.example.com"


@pytest.fixture
def browser() -> TestClient:
    return TestClient(_app(Settings(allowed_origins=(ORIGIN,))))


def test_browsers_of_the_origins_may_call_everything(browser: TestClient) -> None:
    asked = {"origin": ORIGIN, "access-control-request-method": "DELETE"}
    asked["access-control-request-headers"] = "authorization,content-type,last-event-id"

    preflight = browser.options("/v1/read", headers=asked)
    answer = browser.get("/nowhere", headers={"origin": ORIGIN})

    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == ORIGIN
    assert "DELETE" in preflight.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "X-Request-ID" in answer.headers["access-control-expose-headers"]


def test_browsers_of_other_origins_may_not(browser: TestClient, client: TestClient) -> None:
    asked = {"origin": "https://evil.example", "access-control-request-method": "GET"}

    assert "access-control-allow-origin" not in browser.options("/v1/read", headers=asked).headers
    assert "access-control-allow-origin" not in browser.get("/nowhere", headers=asked).headers
    assert "access-control-allow-origin" not in client.get("/nowhere", headers=asked).headers


async def test_the_drain_begins_once_for_all_who_wait() -> None:
    drain = Drain()
    assert not drain.is_draining

    drain.begin()
    drain.begin()

    assert drain.is_draining
    await drain.event.wait()


def _head(path: str, *headers: str, method: str = "POST") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "host: x", *headers, "", ""]
    return "\r\n".join(lines).encode()


def test_a_declared_excess_is_refused_before_it_is_sent() -> None:
    with serving(_app(), SETTINGS) as port, connected(port) as sock:
        sock.sendall(_head("/v1/read", "content-length: 9999999", "expect: 100-continue"))

        answer = until(sock, b"}")

        assert answer.startswith(b"HTTP/1.1 413")
        assert b"REQUEST_TOO_LARGE" in answer


@pytest.mark.parametrize("path", ["/v1/read", "/v1/ignore/1", "/nowhere"])
def test_the_refusal_reaches_a_client_that_is_still_sending(path: str) -> None:
    """Closing on unread bytes resets the connection and may destroy the answer on its way."""
    with serving(_app(), SETTINGS) as port, connected(port) as sock:
        sock.sendall(_head(path, "content-length: 900000"))
        for _ in range(9):
            sock.sendall(b"x" * 100_000)

        answer = everything(sock)

        assert b"connection: close" in answer
        assert answer.rpartition(b"\r\n\r\n")[2]


def test_a_chunked_excess_is_refused_while_it_comes() -> None:
    with serving(_app(), SETTINGS) as port, connected(port) as sock:
        sock.sendall(_head("/v1/read", "transfer-encoding: chunked"))
        for _ in range(8):
            sock.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")

        answer = everything(sock)

        assert answer.startswith(b"HTTP/1.1 413")
        assert answer.endswith(b"}")


def test_lingering_ends_with_what_is_read_and_with_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "LINGER_SECONDS", 0.1)
    with serving(_app(), SETTINGS) as port, connected(port) as sock:
        sock.sendall(_head("/v1/read", "content-length: 900000") + b"x" * 5_000)

        assert everything(sock).endswith(b"}")


def test_a_small_body_that_nobody_reads_does_not_cost_the_connection() -> None:
    with serving(_app(), SETTINGS) as port, connected(port) as sock:
        for _ in range(2):
            sock.sendall(_head("/v1/ignore/1", "content-length: 4") + b"xxxx")
            answer = until(sock, b"ignored")
            assert b"connection: close" not in answer


def test_a_body_that_drips_is_refused_in_time() -> None:
    with serving(_app(), SETTINGS) as port, connected(port) as sock:
        sock.sendall(_head("/v1/read", "content-length: 4") + b"x")

        answer = until(sock, b"}")

        assert answer.startswith(b"HTTP/1.1 408")
        assert b"REQUEST_TIMEOUT" in answer


def test_a_body_that_drips_beneath_a_stream_ends_the_stream() -> None:
    with serving(_app(), SETTINGS) as port, connected(port) as sock:
        sock.sendall(_head("/v1/stream", "content-length: 4") + b"x")

        assert b"0\r\n\r\n" in until(sock, b"0\r\n\r\n")


def test_a_client_that_leaves_while_sending_harms_nobody() -> None:
    with serving(_app(), SETTINGS) as port:
        with connected(port) as sock:
            sock.sendall(_head("/v1/read", "content-length: 4") + b"x")
            sock.shutdown(socket.SHUT_RDWR)
        with connected(port) as sock:
            sock.sendall(_head("/v1/read", "content-length: 4") + b"xxxx")
            assert until(sock, b"\r\n\r\n4").startswith(b"HTTP/1.1 200")
