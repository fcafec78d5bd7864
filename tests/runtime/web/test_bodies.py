"""Limits on bodies, in process and over real sockets."""

import socket
from collections.abc import AsyncIterator

import anyio
import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from runtime.settings import Settings
from runtime.web import bodies
from runtime.web.bodies import Bodies
from runtime.web.directory import Directory
from runtime.web.operation import Operation, routes
from runtime.web.parsing import read_body
from runtime.web.problems import Guard
from tests.runtime.web.live import connected, everything, serving, until

LIMIT = 1_024
BODY_SECONDS = 0.2
SETTINGS = Settings(port=0, header_seconds=0.4)


async def _read(request: Request) -> Response:
    return Response(str(len(await read_body(request))))


async def _ignore(_request: Request) -> Response:
    return Response("ignored")


async def _stream(_request: Request) -> Response:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"begun"
        await anyio.sleep_forever()

    return StreamingResponse(chunks())


def _app() -> ASGIApp:
    operations = [
        Operation("POST", "/read", _read, summary="It", public=True),
        Operation("POST", "/large", _read, summary="It", public=True, body_limit=4 * LIMIT),
        Operation("POST", "/ignore/{id}", _ignore, summary="It", public=True),
        Operation("POST", "/stream", _stream, summary="It", public=True),
    ]
    app = Directory(routes(operations, "/v1"))
    return Bodies(Guard(app), limit=LIMIT, seconds=BODY_SECONDS)


@pytest.fixture
def client() -> TestClient:
    return TestClient(_app())


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
    monkeypatch.setattr(bodies, "LINGER_SECONDS", 0.1)
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

        answer = everything(sock)

        assert answer.startswith(b"HTTP/1.1 408")
        assert b"connection: close" in answer
        assert b"REQUEST_TIMEOUT" in answer


def test_a_body_that_drips_beneath_a_stream_ends_the_stream() -> None:
    with serving(_app(), SETTINGS) as port, connected(port) as sock:
        sock.sendall(_head("/v1/stream", "content-length: 4") + b"x")

        assert everything(sock).endswith(b"begun\r\n")


def test_a_stream_beneath_a_whole_body_ends_only_when_the_client_goes() -> None:
    """The body's deadline is over by then; it must not end what it has nothing to do with."""
    with serving(_app(), SETTINGS) as port, connected(port) as sock:
        sock.sendall(_head("/v1/stream", "content-length: 1") + b"x")
        until(sock, b"begun")
        sock.settimeout(2 * BODY_SECONDS)

        with pytest.raises(TimeoutError):
            everything(sock)


def test_a_client_that_leaves_while_sending_harms_nobody() -> None:
    with serving(_app(), SETTINGS) as port:
        with connected(port) as sock:
            sock.sendall(_head("/v1/read", "content-length: 4") + b"x")
            sock.shutdown(socket.SHUT_RDWR)
        with connected(port) as sock:
            sock.sendall(_head("/v1/read", "content-length: 4") + b"xxxx")
            assert until(sock, b"\r\n\r\n4").startswith(b"HTTP/1.1 200")
