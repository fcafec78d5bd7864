"""The index finds what Starlette would find by trying each pattern."""

import pytest
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from runtime.errors import Code, Problem
from runtime.web.directory import Directory

# In the order that Starlette needs: fixed names before parameters.
PATTERNS = (
    *("/", "/things", "/things/latest", "/things/latest/{part}", "/things/{id}"),
    *("/things/{id}/parts", "/things/{id}/{part}", "/files/{path:path}"),
)
PATHS = (
    *("/", "", "/things", "/things/", "/things/latest", "/things/latest/", "/things/7"),
    *("/things/7/", "/things//", "//things", "/things/7/parts", "/things/latest/parts"),
    *("/things/7/8", "/things/7/8/9", "/things/a%20b", "/things/ä", "/things/{}", "/{}"),
    *("/files/", "/files/a", "/files/a/b/c", "/nowhere", "/nowhere/else"),
)


class _Named:
    """Answers with the pattern that led here, and what its parameters were."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["found"] = self._pattern, scope["path_params"]


def _routes() -> list[Route]:
    return [Route(pattern, _Named(pattern)) for pattern in PATTERNS]


async def _found(router: Router, path: str) -> object:
    scope: Scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "headers": [],
        "query_string": b"",
        "server": ("x", 80),
        "scheme": "http",
    }
    sent: list[object] = []

    async def send(message: object) -> None:
        sent.append(message)

    try:
        await router(scope, _no_body, send)  # type: ignore[arg-type]
    except Problem as problem:
        return problem.code
    return scope.get("found", sent)


async def _no_body() -> None:
    raise AssertionError("nobody reads it")


async def _nowhere(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise Problem(Code.ROUTE_NOT_FOUND)


@pytest.mark.parametrize("path", PATHS)
async def test_each_path_leads_where_starlette_would_lead_it(path: str) -> None:
    searched = await _found(Router(_routes(), default=_nowhere), path)

    assert await _found(Directory(_routes()), path) == searched


async def test_what_is_found_by_the_index_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    matches = Route.matches

    def noting(route: Route, scope: Scope) -> object:
        tried.append(route.path)
        return matches(route, scope)

    monkeypatch.setattr(Route, "matches", noting)
    await _found(Directory(_routes()), "/things/7/parts")

    assert tried == ["/things/{id}/parts"]
