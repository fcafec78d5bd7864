"""HTTP for those who run the server: is it alive, is it ready, what does it do, what can it."""

from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from runtime.ops.apidoc import api_page
from runtime.ops.metrics import Metrics
from runtime.web.middleware import Drain
from runtime.web.operation import Answer, Json, Operation
from runtime.web.page import page
from runtime.web.parsing import Wire

Ready = Callable[[], Awaitable[Mapping[str, bool]]]


class Alive(Wire):
    """That the process answers."""

    status: str


class Readiness(Wire):
    """What it takes to be useful, part by part."""

    ready: bool
    checks: dict[str, bool]


class OpsRoutes:
    """How a process is, server or worker."""

    def __init__(self, *, ready: Ready, drain: Drain, metrics: Metrics) -> None:
        self._ready = ready
        self._drain = drain
        self._metrics = metrics

    def operations(self) -> list[Operation]:
        return [
            _public("/healthz", self.health, "Whether the process is alive", gives=Alive),
            _public(
                "/readyz",
                self.readiness,
                "Whether it can serve: its stores answer and it is not about to stop",
                gives=Readiness,
                also=(Answer(503, "Not now; which part is missing", Readiness),),
            ),
            _public(
                "/metrics",
                self.metrics,
                "What it counts, for Prometheus",
                gives=str,
                gives_type="text/plain",
            ),
        ]

    async def health(self, request: Request) -> Response:
        return Json(Alive(status="alive"), headers=_FRESH)

    async def readiness(self, request: Request) -> Response:
        checks = {**await self._ready(), "accepting": not self._drain.is_draining}
        ready = all(checks.values())
        return Json(Readiness(ready=ready, checks=checks), 200 if ready else 503, _FRESH)

    async def metrics(self, request: Request) -> Response:
        return Response(self._metrics.exposition(), media_type=CONTENT_TYPE_LATEST)


class DocumentRoutes:
    """What a server can."""

    def __init__(self, document: Callable[[], Mapping[str, Any]]) -> None:
        self._document = document

    def operations(self) -> list[Operation]:
        return [
            _public("/openapi.json", self.openapi, "This document", gives=dict[str, Any]),
            _public("/docs", self.docs, "It, for people", gives=str, gives_type="text/html"),
        ]

    async def openapi(self, request: Request) -> Response:
        return Response(to_json(self._api), media_type="application/json")

    async def docs(self, request: Request) -> Response:
        return page(self._api["info"]["title"], api_page(self._api))

    @cached_property
    def _api(self) -> Mapping[str, Any]:
        return self._document()


_FRESH = {"Cache-Control": "no-store"}


def _public(path: str, handler: Any, summary: str, **declared: Any) -> Operation:
    return Operation(
        "GET", path, handler, summary=summary, public=True, tags=("operations",), **declared
    )
