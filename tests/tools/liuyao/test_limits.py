"""What no payload may be, whatever its fields."""

import pytest

from tests.tools.liuyao.samples import payload, pointers, refusal
from tools.liuyao.faults import Fault, Kind
from tools.liuyao.limits import first_fault, pointer


def test_depth_is_refused_before_it_can_exhaust_the_stack() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]

    refused = refusal(payload(lines=deep))

    assert list(refused) == ["/lines/0/0/0"]


def test_a_payload_of_more_than_four_kib() -> None:
    assert pointers(question="问" * 1400) == [""]


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
def test_lone_surrogates(text: str) -> None:
    assert pointers(question=text) == ["/question"]
    assert pointers(**{text: 1}) == [""]
    assert pointers(querent={text: 1}) == ["/querent"]


def test_names_that_are_no_strings() -> None:
    assert list(refusal({1: 2})) == [""]


def test_the_size_is_that_of_the_bytes_and_not_of_the_spelling() -> None:
    exact = {"q": "x" * (4096 - len('{"q":""}'))}

    assert first_fault(exact) is None
    assert first_fault({"q": exact["q"] + "x"}) is not None


@pytest.mark.parametrize(
    "number", [2**63, -(2**63), 10**5000], ids=["first", "negative", "endless"]
)
def test_integers_that_no_database_takes(number: int) -> None:
    fault = Fault("/n", "This number is too large.", Kind.TOO_LARGE, 2**63 - 1)

    assert first_fault({"n": number}) == fault


@pytest.mark.parametrize("value", [b"x", (1,), {1}, object(), 1j])
def test_values_that_are_not_json(value: object) -> None:
    fault = Fault("/v/0", "This is not a JSON value.", Kind.WRONG_TYPE)

    assert first_fault({"v": [value]}) == fault


def test_pointers_are_escaped() -> None:
    assert pointer("a/b", 3, "m~n") == "/a~1b/3/m~0n"
