"""The API document is true: whatever is sent, the answers are the ones that it declares."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.support.apple import FakeApple
from tests.support.server import ServerProcess

EXAMPLES = 12
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]


@pytest.fixture(scope="module")
def fuzzed(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("fuzzed") / "data"
    selling = FakeApple().settings(tmp_path_factory.mktemp("apple"))
    process = ServerProcess(folder, STREAMS_PER_USER=50, SIGNUP_POINTS=1_000_000, **selling)
    try:
        yield process.start()
    finally:
        process.stop()


@pytest.fixture(scope="module")
def api_schema(fuzzed: ServerProcess) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(fuzzed.url + "/openapi.json")


@pytest.fixture(scope="module")
def token(fuzzed: ServerProcess) -> str:
    return str(fuzzed.json("token", "--email", "fuzz@example.com")["accessToken"])


@pytest.mark.timeout(120)
def test_every_call_answers_as_declared(api_schema: schemathesis.BaseSchema, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    session = requests.Session()  # or each call would open a connection, and look for proxies
    session.trust_env = False
    found = [one.ok() for one in api_schema.get_all_operations() if isinstance(one, Ok)]
    assert len(found) > 30
    # Last of all: afterwards the token is nobody's.
    for operation in sorted(
        found, key=lambda one: one.method == "delete" and "profile" in one.path
    ):

        @given(case=operation.as_strategy())
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        def check(case: schemathesis.Case[Any]) -> None:
            response = case.call(headers=headers, timeout=10, session=session)
            case.validate_response(response, checks=CHECKS)

        check()
