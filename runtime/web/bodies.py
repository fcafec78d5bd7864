"""Limits on bodies: how large, how slow, and how a refusal reaches whoever is still sending."""

import asyncio
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.errors import Code, Problem
from runtime.web.problems import problem_response

LINGER_BYTES = 1_048_576
LINGER_SECONDS = 1.0
BYTES_PER_SECOND = 100_000


@dataclass(slots=True)
class Body:
    """How far one request's body has come; `scope["body"]`, so that a route can set its limit."""

    limit: int
    declared: int | None
    deadline: float
    received: int = 0
    complete: bool = False
    late: bool = False
    answering: bool = False

    @property
    def too_large(self) -> bool:
        return max(self.received, self.declared or 0) > self.limit


class Bodies:
    """Hold every body to a size and a time, and let a refusal reach the client.

    A client that is still sending when its connection is closed gets a reset, which may destroy
    the answer on its way. So after an early answer the rest is read and dropped for a moment.
    """

    def __init__(self, app: ASGIApp, *, limit: int, seconds: float) -> None:
        self._app = app
        self._limit = limit
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (framing := _framing(scope)) is None:
            await self._app(scope, receive, send)
            return
        declared, encoding = framing
        deadline = asyncio.get_running_loop().time() + self._seconds
        body = Body(self._limit, declared, deadline)
        scope["body"] = body
        bounded = _Bounded(body, receive, send)
        if encoding:
            refusal = Problem(
                Code.UNSUPPORTED_MEDIA_TYPE,
                "Compressed bodies are not read here.",
                headers={"Accept-Encoding": "identity"},
            )
            await problem_response(refusal, scope)(scope, receive, bounded.send)
            return
        await self._app(scope, bounded.receive, bounded.send)


def _framing(scope: Scope) -> tuple[int | None, bool] | None:
    """The declared length and whether it is compressed; None for a request without a body."""
    declared: int | None = None
    chunked = compressed = False
    for name, value in scope["headers"]:
        if name == b"content-length":
            declared = int(value) if value.isdigit() and len(value) < 20 else 2**63
        elif name == b"transfer-encoding":
            chunked = True
        elif name == b"content-encoding":
            compressed = value.strip().lower() not in {b"", b"identity"}
    if chunked:
        return None, compressed
    return (declared, compressed) if declared else None


class _Bounded:
    """receive and send of one request with a body."""

    def __init__(self, body: Body, receive: Receive, send: Send) -> None:
        self._body = body
        self._receive = receive
        self._send = send
        self._closing = False

    async def receive(self) -> Message:
        body = self._body
        if body.complete:
            return await self._receive()
        if body.too_large:
            return self._refuse(Code.REQUEST_TOO_LARGE, f"The limit is {body.limit} bytes.")
        try:
            async with asyncio.timeout_at(body.deadline + body.received / BYTES_PER_SECOND):
                message = await self._receive()
        except TimeoutError:
            body.late = True
            return self._refuse(Code.REQUEST_TIMEOUT, "The body came too slowly.")
        self._count(message)
        if body.too_large:
            return self._refuse(Code.REQUEST_TOO_LARGE, f"The limit is {body.limit} bytes.")
        return message

    def _count(self, message: Message) -> None:
        self._body.received += len(message.get("body", b""))
        self._body.complete = not message.get("more_body", False)

    def _refuse(self, code: Code, detail: str) -> Message:
        if self._body.answering:
            # Too late for another answer: end the one that is under way.
            return {"type": "http.disconnect"}
        raise Problem(code, detail)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._body.answering = True
            self._closing = self._is_unsafe()
            if self._closing:
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
        elif self._closing and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._linger()
            message = {"type": "http.response.body", "body": b""}
        await self._send(message)

    def _is_unsafe(self) -> bool:
        """Whether too much may still come, or too slowly, to simply read over it."""
        body = self._body
        if body.complete:
            return False
        return body.late or body.declared is None or body.declared > body.limit

    async def _linger(self) -> None:
        dropped = 0
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                while not self._body.complete and dropped < LINGER_BYTES:
                    message = await self._receive()
                    dropped += len(message.get("body", b""))
                    self._count(message)
        except TimeoutError:
            return
