"""The kind of a mistake, which clients put into their own words."""

import json
from typing import Annotated, Literal

import pytest
from pydantic import Field

from runtime.errors import Code, Flaw, Problem
from runtime.web.parsing import Id, StrictWire, Time, parse


class Form(StrictWire):
    name: Annotated[str, Field(min_length=2, max_length=5)] = "name"
    size: Annotated[int, Field(gt=1, le=9)] = 2
    kind: Literal["a", "b"] = "a"
    at: Time | None = None
    id: Id | None = None
    tags: Annotated[tuple[str, ...], Field(min_length=1, max_length=2)] = ("a",)
    needed: int


@pytest.mark.parametrize(
    ("member", "value", "kind", "limit"),
    [
        ("name", "x" * 6, Flaw.TOO_LONG, 5),
        ("name", "x", Flaw.TOO_SHORT, 2),
        ("name", 3, Flaw.WRONG_TYPE, None),
        ("size", 1, Flaw.TOO_SMALL, 1),
        ("size", 10, Flaw.TOO_LARGE, 9),
        ("kind", "c", Flaw.NOT_OFFERED, None),
        ("id", "no id", Flaw.MALFORMED, None),
        ("tags", [], Flaw.TOO_FEW, 1),
        ("tags", ["a", "b", "c"], Flaw.TOO_MANY, 2),
        ("stranger", 1, Flaw.UNKNOWN, None),
    ],
)
def test_a_mistake_is_told_by_its_kind_and_the_limit_that_it_missed(
    member: str, value: object, kind: Flaw, limit: int | None
) -> None:
    with pytest.raises(Problem) as refused:
        parse(
            json.dumps({"needed": 1, member: value}).encode(),
            Form,
            invalid=Code.REQUEST_VALIDATION_ERROR,
        )

    (error,) = refused.value.errors
    assert (error.pointer, error.type, error.limit) == (f"/{member}", kind, limit)


def test_what_is_not_there_is_missing() -> None:
    with pytest.raises(Problem) as refused:
        parse(b"{}", Form, invalid=Code.REQUEST_VALIDATION_ERROR)

    assert [(error.pointer, error.type) for error in refused.value.errors] == [
        ("/needed", Flaw.MISSING)
    ]
