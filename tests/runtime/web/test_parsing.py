"""Bodies: bytes, JSON that means one thing only, models."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from runtime.errors import Code, FieldError, Problem
from runtime.web.directory import Directory
from runtime.web.operation import Json
from runtime.web.parsing import (
    MAX_DEPTH,
    MAX_ERRORS,
    Id,
    StrictWire,
    Time,
    Wire,
    parse,
    pointer,
    read_body,
    read_json,
)
from runtime.web.problems import Guard

INVALID = Code.AGENT_RUN_INPUT_INVALID
AN_ID = "01a1fd46-d2a5-7c95-ac72-c269e570a4b9"


class Said(Wire):
    role: Literal["user"]
    spoken_text: str


class Drawn(Wire):
    role: Literal["image"]
    url: str


class Ask(Wire):
    thread_id: Id = AN_ID
    parts: tuple[Annotated[Said | Drawn, Field(discriminator="role")], ...] = ()
    at: Time | None = None
    count: int = 0
    free: dict[str, Any] | None = None


class Closed(StrictWire):
    name: str


def asked(body: object) -> Ask:
    return parse(
        body if isinstance(body, bytes) else json.dumps(body).encode(), Ask, invalid=INVALID
    )


def refused(body: object) -> tuple[FieldError, ...]:
    with pytest.raises(Problem) as problem:
        asked(body)
    assert problem.value.code is INVALID
    assert problem.value.errors
    return problem.value.errors


def test_names_are_in_camel_case_outside_and_in_snake_case_inside() -> None:
    ask = asked({"threadId": AN_ID, "parts": [{"role": "user", "spokenText": "hi"}]})

    assert ask.parts == (Said(role="user", spoken_text="hi"),)


def test_the_inner_names_are_not_accepted_from_outside() -> None:
    """Two spellings of one member could disagree."""
    assert asked({"thread_id": "no id at all"}).thread_id == AN_ID


def test_unknown_members_are_ignored_or_refused_as_the_model_says() -> None:
    assert asked({"strange": 1}) == Ask()
    with pytest.raises(Problem) as problem:
        parse(b'{"name": "a", "strange": 1}', Closed, invalid=INVALID)
    assert problem.value.errors[0].pointer == "/strange"


@pytest.mark.parametrize("value", ["1", 1.5, True, None, [1]])
def test_nothing_is_coerced(value: object) -> None:
    assert refused({"count": value})[0].pointer == "/count"


def test_times_are_utc_and_to_the_microsecond() -> None:
    assert asked({"at": "2026-01-01T00:00:00Z"}).at == datetime(2026, 1, 1, tzinfo=UTC)
    assert b"2026-01-01T00:00:00.000000Z" in Json(asked({"at": "2026-01-01T00:00:00Z"})).body
    assert refused({"at": "0001-01-01T00:00:00+23:59"})[0].pointer == "/at"
    assert refused({"at": 5})[0].pointer == "/at"


@pytest.mark.parametrize("value", [AN_ID + "\n", AN_ID.upper(), "x", ""])
def test_ids_are_canonical(value: str) -> None:
    assert refused({"threadId": value})[0].pointer == "/threadId"


def test_every_mistake_has_a_pointer_without_the_names_of_union_branches() -> None:
    errors = refused(
        {"count": "x", "parts": [{"role": "user", "spokenText": 3}, {"role": "image"}]}
    )

    assert {error.pointer for error in errors} == {"/count", "/parts/0/spokenText", "/parts/1/url"}


def test_long_lists_of_mistakes_are_cut() -> None:
    assert len(refused({"parts": [{}] * 500})) == MAX_ERRORS


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[1]",
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        b'{"free": {"a": "\xff"}}',
        b'{"free": {"a": "\\ud800"}}',
        b'{"free": {"a": NaN}}',
        b'{"free": {"a": 1e999}}',
        b'{"free": {"a": -1e999}}',
        b'{"count": 9223372036854775808}',
        b'{"count": -9223372036854775809}',
        b'{"count": ' + b"9" * 6000 + b"}",
        b'{"free": {"a": "\\u0000"}}',
        b'{"free": {"a\\u0000": 1}}',
        b'{"count": 1, "count": 2}',
        b'{"free": {"a": [{"b:": 1, "b\\u003a": 2}]}}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_json_that_others_would_read_differently_or_not_at_all_is_refused(body: bytes) -> None:
    refused(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"count": 9223372036854775807}',
        b'{"free": {"a": "::", "b:c": "\\u003a", "d": "\\\\u0000"}}',
        b' {"free": {}} ',
    ],
)
def test_json_at_the_edge_of_the_rules_is_read(body: bytes) -> None:
    asked(body)


def test_the_pointer_leads_to_what_could_not_be_stored() -> None:
    assert refused({"free": {"a/b": [1, {"~": "x\0"}]}})[0].pointer == "/free/a~1b/1/~0"
    assert refused({"free": {"n": [1, 2**63]}})[0].pointer == "/free/n/1"
    assert refused({"free": {"x": {"bad\0name": 1}}})[0].pointer == "/free/x"


def _nested(depth: int) -> bytes:
    return b'{"free":' * depth + b"1" + b"}" * depth


def test_nesting_has_a_limit() -> None:
    asked(_nested(MAX_DEPTH))
    assert "nested" in refused(_nested(MAX_DEPTH + 1))[0].message


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-9, 9)
        | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8),
        lambda inner: st.lists(inner) | st.dictionaries(st.text('ab:\\"', max_size=4), inner),
        max_leaves=20,
    )
)
def test_ordinary_json_is_never_refused(tree: Any) -> None:
    """However many colons, quotes and escapes: none of it may look like a name given twice."""
    for ascii_only in (True, False):
        body = json.dumps({"free": {"x": tree}}, ensure_ascii=ascii_only).encode()

        ask = asked(body)

        assert ask.free == {"x": tree}


def test_pointers_escape_as_the_rfc_has_it() -> None:
    assert pointer(()) == ""
    assert pointer(("a/b", 0, "m~n")) == "/a~1b/0/m~0n"


async def _echo(request: Request) -> Response:
    return Json(await read_json(request, Ask, invalid=INVALID))


async def _short(request: Request) -> Response:
    return Response(await read_body(request, 4))


@pytest.fixture
def client() -> TestClient:
    routes = [Route("/", _echo, methods=["POST"]), Route("/short", _short, methods=["POST"])]
    return TestClient(Guard(Directory(routes)))


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=UTF-8",
        "application/vnd.x+json",
        "Application/JSON",
        "",
    ],
)
def test_json_may_come_under_these_types(client: TestClient, content_type: str) -> None:
    answer = client.post("/", content=b"{}", headers={"content-type": content_type})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"],
)
def test_other_types_and_charsets_are_refused(client: TestClient, content_type: str) -> None:
    answer = client.post("/", content=b"{}", headers={"content-type": content_type})

    assert answer.status_code == 415
    assert answer.json()["code"] == "UNSUPPORTED_MEDIA_TYPE"


def test_a_body_may_have_a_limit_of_its_own(client: TestClient) -> None:
    assert client.post("/short", content=b"1234").content == b"1234"
    assert client.post("/short", content=b"12345").status_code == 413
