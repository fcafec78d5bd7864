"""docs/api.md: every call of the server, with what its declaration says."""

from typing import Any

import pytest
from jsonschema_rs import validator_for

from runtime.endpoints import api_document
from runtime.ops.apireference import anchor, api_reference

DOCUMENT: Any = api_document()
PAGE = api_reference("A note.\n", DOCUMENT)
SCHEMAS = DOCUMENT["components"]["schemas"]


def section(title: str) -> str:
    _, _, rest = PAGE.partition(f"\n### {title}\n")
    return rest.partition("\n### ")[0]


def test_every_call_has_its_section_and_a_link_to_it() -> None:
    calls = [f"{m.upper()} {path}" for path, each in DOCUMENT["paths"].items() for m in each]

    assert len(calls) > 50
    assert [call for call in calls if not section(call)] == []
    assert [call for call in calls if f"](#{anchor(call)})" not in PAGE] == []


def test_a_section_says_who_may_call_what_it_takes_gives_and_refuses() -> None:
    told = section("PATCH /api/v1/profile")

    assert "For a signed-in user." in told
    assert "| `bio` |" in told
    assert '"displayName": "Ann"' in told
    assert "- **200** [ProfileView](#profileview)" in told
    assert "[`PROFILE_PAYLOAD_INVALID`](errors.md#profile_payload_invalid)" in told


def test_limits_and_needs_are_told() -> None:
    told = section("POST /api/v1/feedback")

    assert "For everybody; a token is read." in told
    assert "| `Idempotency-Key` | header | text, 1 to 200 characters |" in told
    assert "| `content` | **required**, text, at most 5000 characters |" in told
    assert "| `images` | list of bytes, at most 3 items |" in told


def test_what_all_calls_refuse_is_said_once() -> None:
    assert "INTERNAL_ERROR" in PAGE.partition("\n## ")[0]
    assert "INTERNAL_ERROR" not in section("GET /api/v1/points")


def test_a_stream_is_one_of_the_answers() -> None:
    assert "- **200** a stream of [events](events.md)" in section("POST /api/v1/agent/runs")


EXAMPLES = [
    (name, example) for name, each in SCHEMAS.items() for example in each.get("examples", ())
]


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_an_example_is_what_its_schema_asks_for(name: str, example: Any) -> None:
    root = {"components": {"schemas": SCHEMAS}, "$ref": f"#/components/schemas/{name}"}

    validator_for(root).validate(example)


def test_the_cast_of_the_example_is_a_cast_by_its_own_schema() -> None:
    (example,) = SCHEMAS["RunInput"]["examples"]
    cast = example["forwardedProps"]["divinationPayload"]
    root = {"components": {"schemas": SCHEMAS}, "$ref": "#/components/schemas/DivinationPayload"}

    validator_for(root).validate(cast)
    assert "| `castAt` | **required**" in section("DivinationPayload")
