"""The worked cases, every expectation of every one."""

from typing import Any

import pytest

from tests.tools.liuyao.samples import EXAMPLES, read
from tools.liuyao.cycle import BRANCHES, STEMS
from tools.liuyao.derive import derive
from tools.liuyao.document import validate_derived
from tools.liuyao.hexagrams import by_number
from tools.liuyao.najia import relatives, seats

CASES = EXAMPLES["cases"]
ELEMENTS = EXAMPLES["codes"]["elements"]
RELATIVES = EXAMPLES["codes"]["relatives"]
CODED = {"palaceElement": ELEMENTS, "generation": EXAMPLES["codes"]["generations"]}
OF_CHANGE = ("relation", "advance", "retreat", "clash", "harmony")


def derived(case: dict[str, Any], **changes: object) -> dict[str, Any]:
    given = {key: case[key] for key in ("lines", "castAt", "timezone")}
    return derive(read(**given, method="manual", **changes))


def column(doc: dict[str, Any], name: str) -> list[Any]:
    return [line[name] for line in doc["lines"]]


def in_codes(glyphs: list[str], kind: str) -> list[str]:
    return [EXAMPLES["codes"][kind][glyph] for glyph in glyphs]


case_by_case = pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])


@case_by_case
@pytest.mark.parametrize("which", ["primary", "changed"])
def test_hexagrams(case: dict[str, Any], which: str) -> None:
    expected = case["expect"][which]

    found = derived(case)[which]

    if expected is None:
        assert found is None
        return
    assert {key: found[key] for key in expected} == {
        key: CODED.get(key, {}).get(value, value) for key, value in expected.items()
    }


@case_by_case
def test_kindred_hexagrams(case: dict[str, Any]) -> None:
    doc, expected = derived(case), case["expect"]

    for kind in ("nuclear", "opposite", "reversed"):
        assert doc[kind] == {"number": expected[kind], "name": by_number(expected[kind]).name}


@case_by_case
def test_lines(case: dict[str, Any]) -> None:
    doc, expected = derived(case), case["expect"]

    assert column(doc, "stem") == expected["stems"]
    assert column(doc, "branch") == expected["branches"]
    assert column(doc, "element") == in_codes(expected["elements"], "elements")
    assert column(doc, "relative") == in_codes(expected["relatives"], "relatives")
    assert column(doc, "spirit") == in_codes(expected["spirits"], "spirits")
    assert column(doc, "monthPhase") == in_codes(expected["monthPhase"], "monthPhase")
    assert column(doc, "void") == expected["lineVoid"]
    assert column(doc, "monthBreak") == expected["monthBreak"]
    assert column(doc, "dayClash") == expected["dayClash"]
    assert [i for i, moves in enumerate(column(doc, "moving"), 1) if moves] == expected["moving"]


@case_by_case
def test_hidden_lines(case: dict[str, Any]) -> None:
    doc = derived(case)
    beneath = {line["position"]: line["hidden"] for line in doc["lines"] if line["hidden"]}
    found = [{"position": position, **hidden} for position, hidden in beneath.items()]

    assert found == [
        hidden | {"relative": RELATIVES[hidden["relative"]], "element": ELEMENTS[hidden["element"]]}
        for hidden in case["expect"]["hidden"]
    ]


@case_by_case
def test_changes(case: dict[str, Any]) -> None:
    doc, expected = derived(case), case["expect"]
    turned = {str(line["position"]): line["changed"] for line in doc["lines"] if line["changed"]}

    assert {at: [line[key] for key in OF_CHANGE] for at, line in turned.items()} == {
        at: [change[key] for key in OF_CHANGE] for at, change in expected["changes"].items()
    }
    for at, line in turned.items():
        assert line["stem"] == expected["changedStems"][int(at) - 1]
        assert line["branch"] == expected["changedBranches"][int(at) - 1]
        assert line["relative"] == RELATIVES[expected["changedRelatives"][int(at) - 1]]


@case_by_case
def test_the_lines_at_rest_of_a_changed_hexagram(case: dict[str, Any]) -> None:
    """A document tells only what moving lines become; the rest is there for whoever asks."""
    expected = case["expect"]
    if expected["changed"] is None:
        return
    palace = by_number(expected["primary"]["number"]).palace
    changed = by_number(expected["changed"]["number"])

    assert relatives(changed, palace) == tuple(in_codes(expected["changedRelatives"], "relatives"))
    assert [STEMS[seat.stem] for seat in seats(changed)] == expected["changedStems"]
    assert [BRANCHES[seat.branch] for seat in seats(changed)] == expected["changedBranches"]


@case_by_case
def test_patterns(case: dict[str, Any]) -> None:
    patterns, expected = derived(case)["patterns"], case["expect"]

    for kind in ("repeating", "reversingLines", "reversingTrigrams"):
        assert patterns[kind] == expected[kind]
    assert patterns["static"] is (not expected["moving"])


@case_by_case
def test_calendar(case: dict[str, Any]) -> None:
    calendar, expected = derived(case)["calendar"], case["expect"]

    assert calendar["pillars"] == expected["pillars"]
    assert calendar["void"] == expected["void"]
    assert calendar["nearTermBoundary"] is False


@case_by_case
def test_the_other_day_boundary(case: dict[str, Any]) -> None:
    expected = case["expect"] | case["expect"].get("underMidnight", {})

    doc = derived(case, dayBoundary="midnight")

    assert doc["calendar"]["pillars"] == expected["pillars"]
    assert doc["calendar"]["void"] == expected["void"]
    assert column(doc, "spirit") == in_codes(expected["spirits"], "spirits")
    assert column(doc, "void") == expected["lineVoid"]
    assert column(doc, "dayClash") == expected["dayClash"]


@case_by_case
def test_the_document_is_valid(case: dict[str, Any]) -> None:
    validate_derived(derived(case))
