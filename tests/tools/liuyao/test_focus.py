"""Which line a question is about: by category, then by what is lively among its lines."""

from itertools import product
from typing import Any

import pytest

from tests.tools.liuyao.samples import cast_of
from tools.liuyao.cast import Querent
from tools.liuyao.derive import derive
from tools.liuyao.focus import focus_of
from tools.liuyao.vocabulary import Category, Gender

QIAN = (7, 7, 7, 7, 7, 7)  # children wealth parents officials siblings parents; shi 6, ying 3
GOU = (8, 7, 7, 7, 7, 7)  # parents children siblings officials siblings parents; no wealth


def focus(*lines: int, category: Category, gender: Gender | None = None) -> dict[str, Any]:
    querent = Querent(gender) if gender else None
    doc = derive(cast_of(*lines, category=category, querent=querent))
    chosen: dict[str, Any] = doc["focus"]
    return chosen


@pytest.mark.parametrize(
    ("category", "relative", "position", "candidates"),
    [
        (Category.CAREER, "officials", 4, [4]),
        (Category.WEALTH, "wealth", 2, [2]),
        (Category.LOST, "wealth", 2, [2]),
        (Category.STUDY, "parents", 3, [3, 6]),
        (Category.CHILDREN, "children", 1, [1]),
        (Category.SOCIAL, "siblings", 5, [5]),
        (Category.HEALTH, "parents", 6, [6]),
        (Category.TRAVEL, "parents", 6, [6]),
        (Category.GENERAL, "parents", 6, [6]),
        (Category.LAWSUIT, "parents", 6, [6]),
    ],
)
def test_each_category_has_its_line(
    category: Category, relative: str, position: int, candidates: list[int]
) -> None:
    assert focus(*QIAN, category=category) == {
        "relative": relative,
        "position": position,
        "hidden": False,
        "candidates": candidates,
        "rule": f"category:{category.value}",
    }


@pytest.mark.parametrize(
    ("gender", "rule", "relative", "position"),
    [
        (Gender.MALE, "category:love:wealth", "wealth", 2),
        (Gender.FEMALE, "category:love:officials", "officials", 4),
        (Gender.OTHER, "category:love:ying", "parents", 3),
        (None, "category:love:ying", "parents", 3),
    ],
)
def test_love_asks_who_asks(gender: Gender | None, rule: str, relative: str, position: int) -> None:
    chosen = focus(*QIAN, category=Category.LOVE, gender=gender)

    assert (chosen["rule"], chosen["relative"], chosen["position"]) == (rule, relative, position)


@pytest.mark.parametrize("gender", [Gender.MALE, None])
def test_what_is_not_to_be_seen_lies_beneath(gender: Gender | None) -> None:
    category = Category.LOVE if gender else Category.WEALTH

    chosen = focus(*GOU, category=category, gender=gender)

    assert (chosen["relative"], chosen["position"]) == ("wealth", 2)
    assert (chosen["hidden"], chosen["candidates"]) == (True, [])


def lines_lacking(relative: str) -> tuple[int, ...]:
    for lines in product((7, 8), repeat=6):
        doc = derive(cast_of(*lines))
        if relative not in {line["relative"] for line in doc["lines"]}:
            return lines
    raise AssertionError(relative)


def test_study_without_parents_turns_to_the_officials() -> None:
    chosen = focus(*lines_lacking("parents"), category=Category.STUDY)

    assert (chosen["relative"], chosen["rule"]) == ("officials", "category:study:officials")


def test_company_without_siblings_turns_to_the_other_side() -> None:
    lines = lines_lacking("siblings")

    chosen = focus(*lines, category=Category.SOCIAL)

    assert chosen["rule"] == "category:social:ying"
    assert chosen["position"] == derive(cast_of(*lines))["primary"]["ying"]


def test_every_cast_has_a_focus_for_every_question() -> None:
    for lines in product((7, 8), repeat=6):
        for category, gender in product(Category, (None, Gender.MALE, Gender.FEMALE)):
            doc = derive(cast_of(*lines, category=category, querent=Querent(gender)))
            chosen = doc["focus"]
            line = doc["lines"][chosen["position"] - 1]
            seat = line["hidden"] if chosen["hidden"] else line
            assert seat["relative"] == chosen["relative"]


# Among several candidates each of these outweighs all that follow.
CLAIMS: list[dict[str, Any]] = [
    {"moving": True},
    {"role": "ying"},
    {"branch": "卯"},
    {"monthPhase": "strong"},
    {"void": False},
]


def candidate(position: int, **claims: Any) -> dict[str, Any]:
    plain = {
        "position": position,
        "relative": "wealth",
        "moving": False,
        "role": None,
        "branch": "辰",
        "monthPhase": "dead",
        "void": True,
        "monthBreak": False,
        "dayEffect": "none",
        "hidden": None,
    }
    return plain | claims


def chosen(*lines: dict[str, Any]) -> object:
    return focus_of(Category.WEALTH, None, lines, branches="卯子")["position"]


@pytest.mark.parametrize("rank", range(len(CLAIMS)))
def test_a_greater_claim_outweighs_all_lesser_ones(rank: int) -> None:
    lesser: dict[str, Any] = {}
    for claim in CLAIMS[rank + 1 :]:
        lesser |= claim

    assert chosen(candidate(1, **lesser), candidate(2, **CLAIMS[rank])) == 2


@pytest.mark.parametrize("harm", [{"monthBreak": True}, {"dayEffect": "dayBreak"}, {"void": True}])
def test_a_broken_or_void_line_yields_to_a_sound_one(harm: dict[str, Any]) -> None:
    assert chosen(candidate(1, **({"void": False} | harm)), candidate(2, void=False)) == 2


def test_among_equals_the_lower_line_is_taken() -> None:
    assert chosen(candidate(2), candidate(5)) == 2
