"""One declaration for each call: its route and its entry in the API document come from it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from runtime.errors import Code, Problem
from runtime.web.identity import Authenticator, Identified

Handler = Callable[[Request], Awaitable[Response]]
Schema = Mapping[str, Any]

_TEXT: Schema = {"type": "string"}


@dataclass(frozen=True, slots=True)
class Query:
    """One parameter of the query string (or a header), as the API document shows it."""

    name: str
    description: str
    schema: Schema = field(default_factory=lambda: _TEXT)
    required: bool = False
    where: str = "query"


@dataclass(frozen=True, slots=True)
class Answer:
    """One more answer besides the usual one: another status, or the same in another format."""

    status: int
    description: str
    gives: Any = None
    gives_type: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """What a call takes, gives and refuses."""

    method: str
    path: str
    handler: Handler
    summary: str = field(kw_only=True)
    takes: Any = field(default=None, kw_only=True)
    takes_type: str = field(default="application/json", kw_only=True)
    gives: Any = field(default=None, kw_only=True)
    gives_type: str = field(default="application/json", kw_only=True)
    status: int = field(default=200, kw_only=True)
    also: tuple[Answer, ...] = field(default=(), kw_only=True)
    problems: tuple[Code, ...] = field(default=(), kw_only=True)
    public: bool = field(default=False, kw_only=True)
    # A public call that still wants to know who asks, if they say.
    optional_user: bool = field(default=False, kw_only=True)
    stream: bool = field(default=False, kw_only=True)
    query: tuple[Query, ...] = field(default=(), kw_only=True)
    path_schemas: Mapping[str, Schema] = field(default_factory=dict, kw_only=True)
    tags: tuple[str, ...] = field(default=(), kw_only=True)
    description: str = field(default="", kw_only=True)
    # In bytes; uploads need more than the server's usual limit.
    body_limit: int | None = field(default=None, kw_only=True)

    @property
    def refuses(self) -> frozenset[Code]:
        """Every code that this call may answer with: the declared ones and the kit's own."""
        own = {Code.INTERNAL_ERROR, Code.STORAGE_UNAVAILABLE}
        if not self.public or self.optional_user:
            own |= {Code.AUTH_UNAUTHORIZED, Code.AUTH_USER_NOT_FOUND, Code.AGENT_USER_ID_INVALID}
            # Where another issuer's tokens are taken, its keys must be within reach.
            own.add(Code.AUTH_SERVICE_UNAVAILABLE)
        if self.takes is not None:
            own |= {Code.REQUEST_TOO_LARGE, Code.REQUEST_TIMEOUT, Code.UNSUPPORTED_MEDIA_TYPE}
        return frozenset({*self.problems, *own})


class Json(Response):
    """An answer in JSON: models by alias, what is None left out unless `nulls` asks for it."""

    media_type = "application/json"

    def __init__(
        self,
        content: Any,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        *,
        nulls: bool = False,
    ) -> None:
        self._nulls = nulls
        super().__init__(content, status, headers)

    def render(self, content: Any) -> bytes:
        return to_json(content, by_alias=True, exclude_none=not self._nulls)


def routes(
    operations: Iterable[Operation], prefix: str = "", authenticator: Authenticator | None = None
) -> list[Route]:
    """One route for each path, so that HEAD, OPTIONS and Allow speak for all of its methods."""
    by_path: dict[str, list[Operation]] = {}
    for operation in operations:
        by_path.setdefault(prefix + operation.path, []).append(operation)
    # Literal segments first: {id} must not swallow a fixed name beside it.
    paths = sorted(by_path, key=lambda path: [part.startswith("{") for part in path.split("/")])
    return [_route(path, by_path[path], authenticator) for path in paths]


def _route(
    path: str, operations: Sequence[Operation], authenticator: Authenticator | None
) -> Route:
    apps: dict[str, tuple[Operation, ASGIApp]] = {}
    for operation in operations:
        if operation.method in apps:
            raise ValueError(f"{operation.method} {path} is declared twice")
        apps[operation.method] = operation, _app(operation, authenticator)
    if "GET" in apps and not apps["GET"][0].stream:
        apps["HEAD"] = apps["GET"]
    return Route(path, _Methods(apps), name=path)


def _app(operation: Operation, authenticator: Authenticator | None) -> ASGIApp:
    app = _answering(operation.handler)
    if operation.public and not operation.optional_user:
        return app
    if authenticator is None:
        raise ValueError(f"{operation.method} {operation.path} needs an authenticator")
    return Identified(app, authenticator, optional=operation.optional_user)


def _answering(handler: Handler) -> ASGIApp:
    """Starlette's `request_response` without its layers: failures are answered by the Guard."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = await handler(Request(scope, receive, send))
        await response(scope, receive, send)

    return app


class _Methods:
    """The calls at one path, by method."""

    def __init__(self, apps: Mapping[str, tuple[Operation, ASGIApp]]) -> None:
        self._apps = apps
        self._allow = ", ".join(sorted({*apps, "OPTIONS"}))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._apps.get(scope["method"])
        if found is not None:
            operation, app = found
            scope["operation"] = operation
            if operation.body_limit is not None and "body" in scope:
                scope["body"].limit = operation.body_limit
            await app(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            await Response(status_code=204, headers={"Allow": self._allow})(scope, receive, send)
        else:
            raise Problem(
                Code.METHOD_NOT_ALLOWED,
                f"{scope['method']} is not offered here; {self._allow} are.",
                headers={"Allow": self._allow},
            )
