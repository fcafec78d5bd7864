"""The load: connections that ask, count what comes back, and look at each answer as a whole."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast
from uuid import uuid4

ANSWER_SECONDS = 120.0
# How a whole answer ends: with its last, empty chunk.
END = b"\r\n0\r\n\r\n"
CAST = {
    "question": "Will the plan work out?",
    "category": "career",
    "method": "manual",
    "lines": [7, 8, 9, 7, 7, 6],
    "castAt": "2026-03-14T15:30:00Z",
    "timezone": "Asia/Shanghai",
    "locale": "en",
}


class WrongAnswer(Exception):
    """The server said something else than it should; no figure is worth anything then."""


@dataclass(slots=True)
class Run:
    """One run to ask for: ids that nobody has used."""

    script: str
    session_id: str = field(default_factory=lambda: str(uuid4()))
    run_id: str = field(default_factory=lambda: str(uuid4()))

    def body(self) -> bytes:
        message = {"id": str(uuid4()), "role": "user", "content": self.script}
        props = {"runtime_mode": "divination", "divinationPayload": CAST}
        ids = {"threadId": self.session_id, "runId": self.run_id}
        return json.dumps({**ids, "messages": [message], "forwardedProps": props}).encode()


def post(path: str, token: str, body: bytes, *, stream: bool, close: bool = True) -> bytes:
    accept = "text/event-stream" if stream else "application/json"
    length = f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
    return _head(f"POST {path}", token, accept, length, close=close) + body


def get(path: str, token: str) -> bytes:
    return _head(f"GET {path}", token, "text/event-stream", "", close=True)


def events_path(run: Run) -> str:
    return f"/api/v1/agent/sessions/{run.session_id}/events?runId={run.run_id}"


def _head(line: str, token: str, accept: str, more: str, *, close: bool) -> bytes:
    connection = "connection: close\r\n" if close else ""
    head = f"{line} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n"
    return f"{head}accept: {accept}\r\n{more}{connection}\r\n".encode()


class Stream(asyncio.Protocol):
    """One request on a connection of its own, and what came back until the server closed it."""

    def __init__(self, request: bytes, *, keep: bool = False, timed: bool = False) -> None:
        loop = asyncio.get_running_loop()
        self._request = request
        self._kept: list[bytes] | None = [] if keep else None
        self._timed = timed
        # When each block came, where that is asked for.
        self.times: list[float] = []
        self._first = loop.create_future()
        self._over = loop.create_future()
        self._transport: asyncio.Transport | None = None
        self._edge = b""
        self._blocks = 0
        self._asked_at = 0.0
        self._ended = False
        self.first_after = 0.0

    @property
    def events(self) -> int:
        """Events so far: the first block only says when to come back."""
        return max(0, self._blocks - 1)

    @property
    def body(self) -> bytes:
        """What came, without the marks between its chunks; only of a stream that keeps it."""
        assert self._kept is not None, "this stream only counts"
        return _unchunked(b"".join(self._kept).partition(b"\r\n\r\n")[2])

    async def begun(self) -> None:
        """Return after the first event."""
        await asyncio.wait_for(self._first, ANSWER_SECONDS)

    async def over(self) -> None:
        """Return once the answer has come whole; anything else is an error."""
        await asyncio.wait_for(self._over, ANSWER_SECONDS)
        if not self._ended:
            raise WrongAnswer(f"the answer broke off after {self.events} events")

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast(asyncio.Transport, transport)
        self._transport = transport
        self._asked_at = time.perf_counter()
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if not self._edge and not data.startswith(b"HTTP/1.1 200"):
            self._fail(data)
        if self._kept is not None:
            self._kept.append(data)
        # A frame's end may be torn apart by a read: look across the edge, at no byte twice.
        self._blocks += data.count(b"\n\n") + (self._edge[-1:] == data[:1] == b"\n")
        if self._timed:
            self.times += [time.perf_counter()] * (self._blocks - len(self.times))
        self._edge = (self._edge + data)[-len(END) :]
        if not self.first_after and self.events:
            self.first_after = time.perf_counter() - self._asked_at
            self._first.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = self._edge == END
        if not self._over.done():
            self._over.set_result(None)

    def _fail(self, data: bytes) -> None:
        wrong = WrongAnswer(data[:600].decode(errors="replace"))
        for future in (self._first, self._over):
            if not future.done():
                future.set_exception(wrong)
        self._first.exception()  # nobody may be waiting for it
        self.close()


class Answers(asyncio.Protocol):
    """Short answers over one connection that stays open."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[bytes] | None = None
        self._came = b""
        self._transport: asyncio.Transport | None = None

    async def ask(self, request: bytes) -> bytes:
        """The answer's head and body."""
        assert self._transport is not None, "not connected"
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast(asyncio.Transport, transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._came += data
        head, found, body = self._came.partition(b"\r\n\r\n")
        if found and len(body) >= _length(head) and self._answer is not None:
            self._answer.set_result(self._came)
            self._came = b""

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(WrongAnswer("the connection was closed"))


async def opened(port: int, request: bytes, *, keep: bool = False, timed: bool = False) -> Stream:
    stream: Stream
    stream_of = partial(Stream, request, keep=keep, timed=timed)
    _, stream = await asyncio.get_running_loop().create_connection(stream_of, "127.0.0.1", port)
    return stream


async def connected(port: int) -> Answers:
    answers: Answers
    _, answers = await asyncio.get_running_loop().create_connection(Answers, "127.0.0.1", port)
    return answers


async def in_flight(
    width: int, requests: Iterator[Any], work: Callable[[Any], Awaitable[None]]
) -> None:
    """Do the work for each request, so many at once."""

    async def hand() -> None:
        for request in requests:
            await work(request)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(width):
            tasks.create_task(hand())


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


def _unchunked(body: bytes) -> bytes:
    parts = []
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        parts.append(rest[:length])
        body = rest[length + 2 :]
    return b"".join(parts)
