"""What surrounds every request: its id, its line in the log, CORS, the drain."""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Sequence
from http import HTTPMethod

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime import log
from runtime.ids import Ids
from runtime.settings import Settings
from runtime.web.bodies import Bodies
from runtime.web.problems import Guard, answer_failure

# Called once for each request: route, method, status, seconds.
Observe = Callable[[str, str, int, float], None]

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
    app = Bodies(Guard(app), limit=settings.body_limit, seconds=settings.body_seconds)
    if settings.allowed_origins:
        app = cors(app, settings.allowed_origins)
    return Requests(app, ids, observe)


def cors(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """Let browsers of these origins call everything; tokens travel in headers, not cookies."""
    return _Cors(
        app,
        allow_origins=origins,
        allow_methods=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
        allow_headers=(
            *("Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "X-Request-ID"),
            *("If-None-Match", "If-Range", "Range"),
        ),
        expose_headers=(
            *("Accept-Ranges", "Content-Disposition", "Content-Range", "ETag"),
            *("Location", "Retry-After", "X-Request-ID"),
        ),
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
    """Give each request an id and safe headers, and say in one line how it went.

    It is also where streams run, once the layers within have let go: a stream has no more use for
    them, and each would be held, and gone through at each word, for as long as it lasts.
    """

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
        began = time.perf_counter()

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                scope["status"] = message["status"]
                message["headers"] = [*message.get("headers", ()), *headers]
            await send(message)

        try:
            await self._app(scope, receive, marked)
            if stream := scope.pop("stream", None):
                await stream()
        except Exception as failure:  # noqa: BLE001 - a layer's, or a stream's: the last resort
            await answer_failure(failure, scope, receive, marked)
        finally:
            self._told(scope, scope.get("status", 500), time.perf_counter() - began)

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
