"""What surrounds every request: its id, its line in the log, its body's limits, the drain."""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPMethod

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime import log
from runtime.errors import Code, Problem
from runtime.ids import Ids
from runtime.settings import Settings
from runtime.web.problems import Guard, problem_response

# Called once for each request: route, method, status, seconds.
Observe = Callable[[str, str, int, float], None]

LINGER_BYTES = 1_048_576
LINGER_SECONDS = 1.0
BYTES_PER_SECOND = 100_000
_SANE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_SAFE = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"))
_METHODS = frozenset(HTTPMethod)
_UNROUTED = "(none)"
_log = logging.getLogger("runtime.web.access")


def harden(
    app: ASGIApp,
    settings: Settings,
    ids: Ids,
    *,
    observe: Observe | None = None,
) -> ASGIApp:
    """The application with everything around it that no request may miss, outermost first."""
    app = Bodies(app, limit=settings.body_limit, seconds=settings.body_seconds)
    if settings.allowed_origins:
        app = cors(app, settings.allowed_origins)
    return Guard(Requests(app, ids, observe))


def cors(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """Let browsers of these origins call everything; tokens travel in headers, not cookies."""
    return _Cors(
        app,
        allow_origins=origins,
        allow_methods=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
        allow_headers=("Authorization", "Content-Type", "Last-Event-ID", "X-Request-ID"),
        expose_headers=("Location", "Retry-After", "X-Request-ID"),
        max_age=600,
    )


class _Cors(CORSMiddleware):
    """Starlette's, but a preflight is never an error of another format: the browser decides."""

    def preflight_response(self, request_headers: Headers) -> Response:
        given = super().preflight_response(request_headers).headers
        kept = {name: given[name] for name in given if not name.startswith("content-")}
        return Response(status_code=204, headers=kept)


class Drain:
    """Whether the server has been told to stop; `event` for those who wait for it."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    @property
    def is_draining(self) -> bool:
        return self.event.is_set()

    def begin(self) -> None:
        self.event.set()


class Requests:
    """Give each request an id and safe headers, and say in one line how it went."""

    def __init__(self, app: ASGIApp, ids: Ids, observe: Observe | None = None) -> None:
        self._app = app
        self._ids = ids
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = _given_id(scope)
        request_id = given.decode() if given else self._ids.new()
        scope["request_id"] = request_id
        log.request_id.set(request_id)
        headers = ((b"x-request-id", request_id.encode()), *_SAFE)
        status = 500
        began = time.perf_counter()

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *headers]
            await send(message)

        try:
            await self._app(scope, receive, marked)
        finally:
            self._told(scope, status, time.perf_counter() - began)

    def _told(self, scope: Scope, status: int, seconds: float) -> None:
        route, method = route_of(scope), _method_of(scope)
        if self._observe is not None:
            self._observe(route, method, status, seconds)
        if _log.isEnabledFor(logging.INFO):
            fields = {"method": method, "route": route, "status": status}
            fields["ms"] = round(seconds * 1000, 2)
            if (user := scope.get("user")) is not None:
                fields["user_id"] = user.id
            _log.info("request", extra=fields)


def route_of(scope: Scope) -> str:
    """The route's pattern: few values, and no ids of anybody, unlike the path."""
    route = scope.get("route")
    return route.path if isinstance(route, Route) else _UNROUTED


def _method_of(scope: Scope) -> str:
    # A client may invent methods; a label must not.
    method = scope["method"]
    return method if method in _METHODS else "OTHER"


def _given_id(scope: Scope) -> bytes | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SANE_ID.fullmatch(value):
            return bytes(value)
    return None


@dataclass(slots=True)
class Body:
    """How far one request's body has come; `scope["body"]`, so that a route can set its limit."""

    limit: int
    declared: int | None
    deadline: float
    received: int = 0
    complete: bool = False
    answering: bool = field(default=False)

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
            if self._lingers():
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
        elif self._lingers() and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._linger()
            message = {"type": "http.response.body", "body": b""}
        await self._send(message)

    def _lingers(self) -> bool:
        """Whether so much may still come that the server would not simply read over it."""
        body = self._body
        return not body.complete and (body.declared is None or body.declared > body.limit)

    async def _linger(self) -> None:
        dropped = 0
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                while dropped < LINGER_BYTES and not self._body.complete:
                    message = await self._receive()
                    dropped += len(message.get("body", b""))
                    self._count(message)
        except TimeoutError:
            return
