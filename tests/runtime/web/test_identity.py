"""From the Authorization header to the user."""

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from runtime.errors import Code, Problem
from runtime.web.directory import Directory
from runtime.web.identity import Identified, User, require_user
from runtime.web.problems import Guard


class Doors:
    """An authenticator that knows one token, and one user too many."""

    async def authenticate(self, token: str) -> User:
        if token == "gone":
            raise Problem(Code.AUTH_USER_NOT_FOUND)
        if token != "good":
            raise Problem(Code.AUTH_UNAUTHORIZED, "The token is forged.")
        return User("ann", "ann@example.com")


async def _who(request: Request) -> Response:
    return Response(require_user(request).id)


@pytest.fixture
def client() -> TestClient:
    guarded = Identified(Route("/", _who).app, Doors())
    return TestClient(Guard(Directory([Route("/open", _who), Route("/", guarded)])))


@pytest.mark.parametrize("value", ["Bearer good", "bearer good", "BEARER  good "])
def test_a_good_token_names_the_user(client: TestClient, value: str) -> None:
    assert client.get("/", headers={"authorization": value}).text == "ann"


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "good", "Basic good", "Bearer a b", "Bearer " + "x" * 5000]
)
def test_anything_else_is_refused_with_a_challenge(client: TestClient, value: str) -> None:
    answer = client.get("/", headers={"authorization": value})

    assert (answer.status_code, answer.json()["code"]) == (401, "AUTH_UNAUTHORIZED")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_bytes_beyond_ascii_are_refused(client: TestClient) -> None:
    assert client.get("/", headers={b"authorization": b"Bearer g\xf6d"}).status_code == 401


def test_no_header_and_two_headers_are_refused(client: TestClient) -> None:
    twice = [("authorization", "Bearer good"), ("authorization", "Bearer good")]

    assert client.get("/").status_code == 401
    assert client.get("/", headers=twice).status_code == 401


def test_a_refusal_of_the_authenticator_gets_the_challenge_too(client: TestClient) -> None:
    answer = client.get("/", headers={"authorization": "Bearer forged"})

    assert answer.json()["detail"] == "The token is forged."
    assert answer.headers["www-authenticate"] == "Bearer"


def test_other_refusals_pass_as_they_are(client: TestClient) -> None:
    answer = client.get("/", headers={"authorization": "Bearer gone"})

    assert answer.json()["code"] == "AUTH_USER_NOT_FOUND"
    assert "www-authenticate" not in answer.headers


def test_a_handler_that_needs_a_user_on_a_public_route_refuses(client: TestClient) -> None:
    assert client.get("/open").status_code == 401
