"""Which route a path belongs to, found by its segments."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from starlette.routing import BaseRoute, Match, Route, Router
from starlette.types import Receive, Scope, Send

from runtime.errors import Code, Problem

_ANY = "{}"


class Lifespan(Protocol):
    """What runs for as long as the application does."""

    def __call__(self, app: Any, /) -> AbstractAsyncContextManager[None]: ...


class Directory(Router):
    """Starlette's router with an index.

    Starlette tries one pattern after the other, which for a call in the middle of ours costs more
    than all else that a small request does. What the index does not know is left to Starlette,
    its answers too: a slash too many is redirected.
    """

    def __init__(self, routes: Sequence[BaseRoute], lifespan: Lifespan | None = None) -> None:
        super().__init__(routes, default=_nowhere, lifespan=lifespan)
        self._index = _Node()
        for route in routes:
            if isinstance(route, Route) and ":" not in route.path:
                self._index.add(route.path.split("/"), route)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            for route in self._index.find(scope["path"].split("/")):
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope.update(found, router=self, route=route)
                    await route.handle(scope, receive, send)
                    return
        await super().app(scope, receive, send)


class _Node:
    """The routes that begin with the same segments."""

    def __init__(self) -> None:
        self._children: dict[str, _Node] = {}
        self._route: Route | None = None

    def add(self, segments: Sequence[str], route: Route) -> None:
        if not segments:
            self._route = route
            return
        name = _ANY if segments[0].startswith("{") else segments[0]
        self._children.setdefault(name, _Node()).add(segments[1:], route)

    def find(self, segments: Sequence[str], at: int = 0) -> Iterator[Route]:
        """The routes of this path, those with a fixed name before those with a parameter."""
        if at == len(segments):
            if self._route is not None:
                yield self._route
            return
        for name in (segments[at], _ANY):
            if child := self._children.get(name):
                yield from child.find(segments, at + 1)


async def _nowhere(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise Problem(Code.ROUTE_NOT_FOUND)
