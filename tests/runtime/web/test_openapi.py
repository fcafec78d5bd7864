"""The API document."""

from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from runtime.errors import Code
from runtime.web.openapi import Info, document
from runtime.web.operation import Answer, Operation, Query
from runtime.web.parsing import Id, StrictWire, Time, Wire


class Part(Wire):
    part_name: str


class Order(StrictWire):
    order_id: Id
    parts: tuple[Part, ...]


class Receipt(Wire):
    paid_at: Time


async def _nothing(request: Request) -> Response:
    return Response()


OPERATIONS = [
    Operation(
        "POST",
        "/orders",
        _nothing,
        summary="Order parts",
        takes=Order,
        gives=Receipt,
        status=202,
        stream=True,
        problems=(Code.POINTS_INSUFFICIENT_BALANCE, Code.AGENT_SSE_CONNECTION_LIMIT),
        tags=("orders",),
    ),
    Operation(
        "GET",
        "/orders/{orderId}",
        _nothing,
        summary="One order",
        gives=Receipt,
        also=(Answer(202, "Not yet"),),
        query=(Query("limit", "How many", {"type": "integer"}),),
        path_schemas={"orderId": {"type": "string", "format": "uuid"}},
        public=True,
        optional_user=True,
        description="More of it.",
    ),
    Operation(
        "PUT",
        "/picture",
        _nothing,
        summary="A picture",
        takes=bytes,
        takes_type="image/png",
        status=403,
        problems=(Code.TOOL_REJECTED,),
    ),
]


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return document(Info("Parts", "1.0"), {"/v1": OPERATIONS}, {"Event": {"type": "object"}})


def _refs(tree: Any) -> set[str]:
    if isinstance(tree, dict):
        own = {tree["$ref"]} if "$ref" in tree else set()
        return own.union(*map(_refs, tree.values()))
    return set().union(*map(_refs, tree)) if isinstance(tree, list) else set()


def test_every_reference_leads_somewhere(made: dict[str, Any]) -> None:
    schemas = made["components"]["schemas"]

    for ref in _refs(made):
        assert ref.removeprefix("#/components/schemas/") in schemas, ref


def test_models_are_components_under_their_outer_names(made: dict[str, Any]) -> None:
    schemas = made["components"]["schemas"]

    assert schemas["Order"]["required"] == ["orderId", "parts"]
    assert schemas["Order"]["additionalProperties"] is False
    assert schemas["Order"]["properties"]["orderId"]["format"] == "uuid"
    assert schemas["Receipt"]["properties"]["paidAt"]["format"] == "date-time"
    assert {"Part", "Event"} <= schemas.keys()


def test_an_operation_shows_what_it_takes_and_gives(made: dict[str, Any]) -> None:
    order = made["paths"]["/v1/orders"]["post"]

    body = order["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/Order"}
    assert order["operationId"] == "postV1Orders"
    assert order["security"] == [{"bearer": []}]
    assert "text/event-stream" in order["responses"]["200"]["content"]
    assert "application/json" in order["responses"]["202"]["content"]


def test_refusals_are_grouped_by_status_and_name_their_codes(made: dict[str, Any]) -> None:
    answers = made["paths"]["/v1/orders"]["post"]["responses"]

    assert "POINTS_INSUFFICIENT_BALANCE" in answers["402"]["description"]
    assert "Retry-After" in answers["429"]["headers"]
    assert {"401", "408", "413", "415", "500"} <= answers.keys()
    balance = made["components"]["schemas"]["Problem_POINTS_INSUFFICIENT_BALANCE"]
    assert balance["required"] == ["balance", "price"]
    assert balance["properties"]["code"] == {"const": "POINTS_INSUFFICIENT_BALANCE"}


def test_a_status_may_be_an_answer_and_a_refusal_at_once(made: dict[str, Any]) -> None:
    answer = made["paths"]["/v1/picture"]["put"]["responses"]["403"]

    assert "application/problem+json" in answer["content"]


def test_parameters_are_listed(made: dict[str, Any]) -> None:
    one = made["paths"]["/v1/orders/{orderId}"]["get"]

    assert [(p["name"], p["in"], p["required"]) for p in one["parameters"]] == [
        ("orderId", "path", True),
        ("limit", "query", False),
    ]
    assert one["parameters"][0]["schema"]["format"] == "uuid"
    assert one["security"] == [{}, {"bearer": []}]
    assert one["responses"]["202"] == {"description": "Not yet"}


def test_bytes_are_bytes(made: dict[str, Any]) -> None:
    content = made["paths"]["/v1/picture"]["put"]["requestBody"]["content"]

    assert content == {"image/png": {"schema": {"type": "string", "format": "binary"}}}
