"""The calls for those who run the server."""

import pytest
from starlette.testclient import TestClient

from runtime.ops.metrics import Metrics
from runtime.ops.routes import DocumentRoutes, OpsRoutes
from runtime.web.directory import Directory
from runtime.web.middleware import Drain
from runtime.web.openapi import Info, document
from runtime.web.operation import routes
from runtime.web.problems import Guard, ProblemPages


class Server:
    """The routes, and the state that they report."""

    def __init__(self) -> None:
        self.checks = {"database": True, "log": True}
        self.drain = Drain()
        self.metrics = Metrics()
        ops = OpsRoutes(ready=self._ready, drain=self.drain, metrics=self.metrics)
        docs = DocumentRoutes(lambda: document(Info("Eryao", "1.0", "All."), {"": operations}))
        operations = [*ops.operations(), *docs.operations(), *ProblemPages().operations()]
        self.client = TestClient(Guard(Directory(routes(operations))))

    async def _ready(self) -> dict[str, bool]:
        return self.checks


@pytest.fixture
def server() -> Server:
    return Server()


def test_a_living_process_is_alive_even_while_it_drains(server: Server) -> None:
    server.drain.begin()

    assert server.client.get("/healthz").json() == {"status": "alive"}


def test_it_is_ready_while_all_its_stores_answer(server: Server) -> None:
    answer = server.client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["ready"] is True
    assert answer.headers["cache-control"] == "no-store"


def test_it_is_not_ready_without_a_store_and_says_which(server: Server) -> None:
    server.checks["log"] = False

    answer = server.client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "checks": {"database": True, "log": False, "accepting": True},
    }


def test_it_is_not_ready_once_it_drains(server: Server) -> None:
    server.drain.begin()

    assert server.client.get("/readyz").status_code == 503


def test_metrics_are_in_prometheus_text(server: Server) -> None:
    server.metrics.refunds.inc()

    answer = server.client.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain")
    assert "eryao_refunds_total 1.0" in answer.text


def test_the_document_describes_these_very_calls(server: Server) -> None:
    made = server.client.get("/openapi.json").json()

    assert made["openapi"] == "3.1.0"
    assert {"/healthz", "/problems/{code}", "/openapi.json"} <= made["paths"].keys()


def test_the_docs_are_a_page_that_loads_nothing(server: Server) -> None:
    answer = server.client.get("/docs")

    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "GET /problems/{code}" in answer.text
    assert "<script" not in answer.text
    assert 'src="' not in answer.text
