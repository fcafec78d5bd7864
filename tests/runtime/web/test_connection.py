"""Connections that dawdle, over real sockets."""

import json
import socket
from collections.abc import AsyncIterator, Iterator
from queue import Queue

import anyio
import anyio.lowlevel
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from runtime.settings import Settings
from runtime.web import connection
from tests.runtime.web.live import connected, everything, serving, until

SETTINGS = Settings(port=0, header_seconds=0.3, body_seconds=0.1, send_seconds=0.5)
GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
GONE: Queue[str] = Queue()
PIECE = b"x" * 1_000
# More than the buffers of any kernel between two sockets.
MOST = 64 * 1024 * 1024
PASSED: Queue[int] = Queue()


async def _hello(request: Request) -> Response:
    return Response("hello")


async def _quiet_stream(request: Request) -> Response:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(4):
            await anyio.sleep(0.3)
            yield b"data: x\n\n"

    return StreamingResponse(chunks(), media_type="text/event-stream")


async def _flood(request: Request) -> Response:
    async def chunks() -> AsyncIterator[bytes]:
        try:
            while True:
                await anyio.lowlevel.checkpoint()
                yield b"x" * 65_536
        finally:
            GONE.put("flood")

    return StreamingResponse(chunks())


class _Passing(Response):
    """A stream that is passed on piece by piece, for as long as its connection takes it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        taken = 0
        while taken < MOST and scope["connection"].hand_on(PIECE):
            taken += len(PIECE)
        PASSED.put(taken)
        await send({"type": "http.response.body", "body": b"the end"})


async def _pass(request: Request) -> Response:
    return _Passing()


async def _wait(request: Request) -> Response:
    await request.body()
    raise AssertionError("the body never comes")


@pytest.fixture(scope="module", autouse=True)
def _leeway() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "BODY_LEEWAY_SECONDS", 0.2)
        yield


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    app = Starlette(
        routes=[
            Route("/", _hello),
            Route("/stream", _quiet_stream),
            Route("/flood", _flood),
            Route("/pass", _pass),
            Route("/wait", _wait, methods=["POST"]),
        ]
    )
    with serving(app, SETTINGS) as port:
        yield port


def _problem(answer: bytes) -> dict[str, object]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    return dict(json.loads(body))


def test_a_connection_takes_pieces_until_its_client_is_behind(port: int) -> None:
    """And not one more: what it has not taken waits in the log, which is not this client's own."""
    with connected(port) as sock:
        sock.sendall(b"GET /pass HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        taken = PASSED.get(timeout=5)
        answer = everything(sock)

    assert len(PIECE) < taken < MOST
    assert answer.count(b"x" * 1_000) == taken / len(PIECE)
    assert answer.endswith(b"7\r\nthe end\r\n0\r\n\r\n")


def test_a_silent_connection_is_closed(port: int) -> None:
    with connected(port) as sock:
        assert everything(sock) == b""


@pytest.mark.parametrize("start", [b"G", b"GET / HTTP/1.1\r\nhost: x\r\n", b"\r\n"])
def test_a_head_that_never_ends_is_answered_and_closed(port: int, start: bytes) -> None:
    with connected(port) as sock:
        sock.sendall(start)

        answer = everything(sock)

        assert answer.startswith(b"HTTP/1.1 408")
        assert _problem(answer)["code"] == "REQUEST_TIMEOUT"


@pytest.mark.parametrize("start", [b"GET / HT", b"\r\n"])
def test_the_second_request_of_a_connection_has_the_same_limit(port: int, start: bytes) -> None:
    with connected(port) as sock:
        sock.sendall(GET)
        until(sock, b"hello")
        sock.sendall(start)

        assert everything(sock).startswith(b"HTTP/1.1 408")


def test_a_body_that_nobody_reads_may_not_drip_for_ever(port: int) -> None:
    with connected(port) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nx")

        assert everything(sock).endswith(b"hello")


def test_a_body_that_an_application_waits_for_may_not_drip_for_ever(port: int) -> None:
    """Behind the middleware's own deadline: for whatever runs without it."""
    with connected(port) as sock:
        sock.sendall(b"POST /wait HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nx")

        assert everything(sock) == b""


def test_a_stream_may_be_quiet_for_longer_than_a_head_may_take(port: int) -> None:
    with connected(port) as sock:
        sock.sendall(b"GET /stream HTTP/1.1\r\nhost: x\r\n\r\n")

        assert until(sock, b"0\r\n\r\n").count(b"data: x") == 4


def test_bytes_sent_into_a_stream_are_never_answered_in_its_middle(port: int) -> None:
    with connected(port) as sock:
        sock.sendall(b"GET /stream HTTP/1.1\r\nhost: x\r\n\r\n")
        until(sock, b"data: x")
        sock.sendall(b"GET / HT")

        assert b"408" not in everything(sock)


def test_a_client_that_takes_nothing_is_cut_off(port: int) -> None:
    with connected(port) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        sock.sendall(b"GET /flood HTTP/1.1\r\nhost: x\r\n\r\n")

        assert GONE.get(timeout=10) == "flood"


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * 40_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"x-many: 1\r\n" * 6_000 + b"\r\n",
    ],
)
def test_headers_have_a_limit(port: int, head: bytes) -> None:
    with connected(port) as sock:
        sock.sendall(head)

        answer = until(sock, b"}")

        assert answer.startswith(b"HTTP/1.1 413")
        assert _problem(answer)["code"] == "REQUEST_TOO_LARGE"


@pytest.mark.parametrize(
    "junk",
    [b"\x16\x03\x01\x02\x00", b"GET / FTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nbad header\r\n\r\n"],
)
def test_what_is_no_http_gets_400_in_our_format(port: int, junk: bytes) -> None:
    with connected(port) as sock:
        sock.sendall(junk)

        answer = everything(sock)

        assert answer.startswith(b"HTTP/1.1 400")
        assert _problem(answer)["type"] == "about:blank"


def test_junk_after_an_answer_gets_its_400_too(port: int) -> None:
    with connected(port) as sock:
        sock.sendall(GET)
        until(sock, b"hello")
        sock.sendall(b"\x00\x00")

        assert everything(sock).startswith(b"HTTP/1.1 400")


def test_requests_in_a_row_are_answered_in_a_row(port: int) -> None:
    with connected(port) as sock:
        sock.sendall(GET * 3)
        got = b""
        while got.count(b"hello") < 3:
            got += sock.recv(65_536)

        assert got.count(b"HTTP/1.1 200 OK") == 3
