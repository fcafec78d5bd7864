"""From declarations to routes."""

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from runtime.errors import Code, Problem
from runtime.web.directory import Directory
from runtime.web.identity import User
from runtime.web.identity import optional_user as whoever
from runtime.web.operation import Json, Operation, routes
from runtime.web.parsing import Wire
from runtime.web.problems import Guard


class Thing(Wire):
    thing_name: str
    note: str | None = None


class Doors:
    """An authenticator with one good token."""

    async def authenticate(self, token: str) -> User:
        if token != "good":
            raise Problem(Code.AUTH_UNAUTHORIZED)
        return User("ann", "ann@example.com")


async def _name(request: Request) -> Response:
    user = whoever(request)
    return Json({"path": request.scope["route"].path, "user": user.id if user else "nobody"})


def _operation(method: str, path: str, **declared: bool) -> Operation:
    return Operation(method, path, _name, summary="It", **declared)  # type: ignore[arg-type]


@pytest.fixture
def client() -> TestClient:
    operations = [
        _operation("GET", "/things/{id}", public=True),
        _operation("DELETE", "/things/{id}"),
        _operation("GET", "/things/latest", public=True),
        _operation("GET", "/stream", public=True, stream=True),
        _operation("POST", "/maybe", public=True, optional_user=True),
    ]
    return TestClient(Guard(Directory(routes(operations, "/v1", Doors()))))


def test_a_fixed_name_is_not_swallowed_by_a_parameter_beside_it(client: TestClient) -> None:
    assert client.get("/v1/things/latest").json()["path"] == "/v1/things/latest"
    assert client.get("/v1/things/7").json()["path"] == "/v1/things/{id}"


def test_calls_need_a_user_unless_they_are_public(client: TestClient) -> None:
    refused = client.delete("/v1/things/7")
    admitted = client.delete("/v1/things/7", headers={"authorization": "Bearer good"})

    assert (refused.status_code, refused.json()["code"]) == (401, "AUTH_UNAUTHORIZED")
    assert admitted.json()["user"] == "ann"


def test_a_public_call_may_still_ask_who_it_is(client: TestClient) -> None:
    known = client.post("/v1/maybe", headers={"authorization": "Bearer good"})
    forged = client.post("/v1/maybe", headers={"authorization": "Bearer forged"})

    assert client.post("/v1/maybe").json()["user"] == "nobody"
    assert known.json()["user"] == "ann"
    assert forged.status_code == 401


def test_an_unknown_method_is_told_all_that_are_known(client: TestClient) -> None:
    answer = client.put("/v1/things/7")

    assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "DELETE, GET, HEAD, OPTIONS"


def test_options_tells_the_methods(client: TestClient) -> None:
    answer = client.options("/v1/things/7")

    assert answer.status_code == 204
    assert answer.headers["allow"] == "DELETE, GET, HEAD, OPTIONS"


def test_head_answers_as_get_without_a_body(client: TestClient) -> None:
    assert client.head("/v1/things/latest").status_code == 200


def test_a_stream_offers_no_head(client: TestClient) -> None:
    """It would hold a slot and send nothing, for minutes."""
    assert client.head("/v1/stream").status_code == 405


def test_two_declarations_of_one_call_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="twice"):
        routes([_operation("GET", "/a", public=True)] * 2)


def test_a_call_for_users_cannot_be_built_without_an_authenticator() -> None:
    with pytest.raises(ValueError, match="authenticator"):
        routes([_operation("GET", "/a")])


def test_an_operation_names_what_the_kit_itself_refuses() -> None:
    operation = Operation("POST", "/a", _name, summary="It", takes=Thing)

    assert operation.refuses == {
        Code.INTERNAL_ERROR,
        Code.STORAGE_UNAVAILABLE,
        Code.AUTH_UNAUTHORIZED,
        Code.AUTH_SERVICE_UNAVAILABLE,
        Code.AUTH_USER_NOT_FOUND,
        Code.AGENT_USER_ID_INVALID,
        Code.REQUEST_TOO_LARGE,
        Code.REQUEST_TIMEOUT,
        Code.UNSUPPORTED_MEDIA_TYPE,
    }


def test_models_are_written_by_their_outer_names_without_what_is_absent() -> None:
    assert Json(Thing(thing_name="a")).body == b'{"thingName":"a"}'
    assert Json(Thing(thing_name="a"), nulls=True).body == b'{"thingName":"a","note":null}'
    assert Json({"items": [Thing(thing_name="a")]}, 202).body == b'{"items":[{"thingName":"a"}]}'
