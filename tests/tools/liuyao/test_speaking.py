"""Which text speaks is Zhu Xi's rule, for every number of moving lines."""

from itertools import product
from typing import Any

import pytest

from tests.tools.liuyao.samples import cast_of
from tools.liuyao.derive import derive
from tools.liuyao.texts import passage
from tools.liuyao.vocabulary import Locale, Part


def spoken(*lines: int) -> tuple[str, list[tuple[Any, ...]]]:
    texts = derive(cast_of(*lines))["texts"]
    return texts["rule"], [tuple(item.values()) for item in texts["items"]]


@pytest.mark.parametrize(
    ("lines", "rule", "items"),
    [
        ((7, 7, 7, 7, 7, 7), "noneMoving", [("primary", 1, "judgment", None, "main")]),
        ((7, 7, 9, 7, 7, 7), "oneMoving", [("primary", 1, "line", 3, "main")]),
        (
            (7, 9, 7, 7, 9, 7),
            "twoMoving",
            [("primary", 1, "line", 2, "secondary"), ("primary", 1, "line", 5, "main")],
        ),
        (
            (9, 9, 9, 7, 7, 7),
            "threeMoving",
            [
                ("primary", 1, "judgment", None, "main"),
                ("changed", 12, "judgment", None, "secondary"),
            ],
        ),
        (
            (7, 7, 7, 9, 9, 9),
            "threeMoving",
            [
                ("primary", 1, "judgment", None, "secondary"),
                ("changed", 11, "judgment", None, "main"),
            ],
        ),
        (
            (9, 9, 9, 9, 7, 7),
            "fourMoving",
            [("changed", 20, "line", 5, "main"), ("changed", 20, "line", 6, "secondary")],
        ),
        ((9, 9, 9, 9, 9, 7), "fiveMoving", [("changed", 23, "line", 6, "main")]),
        ((9, 9, 9, 9, 9, 9), "allMoving", [("primary", 1, "allMoving", None, "main")]),
        ((6, 6, 6, 6, 6, 6), "allMoving", [("primary", 2, "allMoving", None, "main")]),
        ((9, 9, 9, 6, 6, 6), "allMoving", [("changed", 12, "judgment", None, "main")]),
    ],
)
def test_the_text_that_speaks(
    lines: tuple[int, ...], rule: str, items: list[tuple[Any, ...]]
) -> None:
    assert spoken(*lines) == (rule, items)


def test_every_cast_has_one_chief_text_and_all_its_texts_are_in_the_book() -> None:
    for lines in product((6, 7, 8, 9), repeat=6):
        items = derive(cast_of(*lines))["texts"]["items"]

        assert [item["weight"] for item in items].count("main") == 1
        for item in items:
            assert passage(
                item["number"], Part(item["part"]), item["position"], locale=Locale.EN
            ).text
