"""All 4,096 casts, held against two other programs and against the rules as written."""

from collections import Counter
from itertools import product
from typing import Any

import pytest

from tests.tools.liuyao.samples import cast_of
from tests.tools.liuyao.witnesses import NAJIA, NAJIA_RULES, ichingpy_chart
from tools.liuyao.cycle import ELEMENTS, STEMS
from tools.liuyao.derive import derive
from tools.liuyao.hexagrams import HEXAGRAMS, Hexagram, by_number
from tools.liuyao.najia import relatives, seats
from tools.liuyao.vocabulary import Generation

ALL_CASTS = list(product((6, 7, 8, 9), repeat=6))
RELATIVES = {
    "兄弟": "siblings",
    "子孙": "children",
    "妻财": "wealth",
    "官鬼": "officials",
    "父母": "parents",
}
ELEMENT_GLYPHS = dict(zip("木火土金水", ELEMENTS, strict=True))

# 1 yang, 2 yin, 3 moving yang, 4 moving yin
NAJIA_VALUES = {7: 1, 8: 2, 9: 3, 6: 4}


@pytest.fixture(scope="module")
def documents() -> dict[tuple[int, ...], dict[str, Any]]:
    """The documents of all casts."""
    return {lines: derive(cast_of(*lines)) for lines in ALL_CASTS}


Documents = dict[tuple[int, ...], dict[str, Any]]


def seat_of(line: dict[str, Any]) -> str:
    glyphs = {code: glyph for glyph, code in ELEMENT_GLYPHS.items()}
    return f"{line['stem']}{line['branch']}{glyphs[line['element']]}"


def test_najia_draws_the_same_primary_chart(documents: Documents) -> None:
    for lines, doc in documents.items():
        bits = "".join(str(value % 2) for value in lines)
        shi, ying, _ = NAJIA_RULES.set_shi_yao(bits)
        palace = NAJIA_RULES.const.GUAS[NAJIA_RULES.palace(bits, shi)]
        drawn = [NAJIA_RULES.GZ5X(pair) for pair in NAJIA_RULES.get_najia(bits)]

        primary = doc["primary"]

        assert primary["fullName"] == NAJIA_RULES.const.GUA64[bits]
        assert (primary["palace"], primary["shi"], primary["ying"]) == (palace, shi, ying)
        assert [seat_of(line) for line in doc["lines"]] == drawn
        assert [line["relative"] for line in doc["lines"]] == najia_relatives(drawn, palace)


def najia_relatives(drawn: list[str], palace: str) -> list[str]:
    const = NAJIA_RULES.const
    own = const.XING5[const.GUA5[const.GUAS.index(palace)]]
    return [RELATIVES[NAJIA_RULES.get_qin6(own, seat[2])] for seat in drawn]


def test_najia_draws_the_same_changes(documents: Documents) -> None:
    for lines, doc in documents.items():
        gong = NAJIA_RULES.const.GUAS.index(doc["primary"]["palace"])
        drawn = NAJIA._transform([NAJIA_VALUES[value] for value in lines], gong)

        if drawn is None:
            assert doc["changed"] is None
            continue
        assert doc["changed"]["fullName"] == drawn["name"]
        assert doc["changed"]["palace"] == drawn["gong"]
        for line, seat, relative in zip(doc["lines"], drawn["qinx"], drawn["qin6"], strict=True):
            changed = line["changed"]
            assert (changed is not None) is line["moving"]
            if changed:
                assert (seat_of(changed), changed["relative"]) == (seat, RELATIVES[relative])


def test_najia_hides_the_same_lines(documents: Documents) -> None:
    glyphs = {code: glyph for glyph, code in RELATIVES.items()}
    for doc in documents.values():
        gong = NAJIA_RULES.const.GUAS.index(doc["primary"]["palace"])
        drawn = NAJIA._hidden(gong, [glyphs[line["relative"]] for line in doc["lines"]])

        beneath = {
            (i, seat_of(line["hidden"]), line["hidden"]["relative"])
            for i, line in enumerate(doc["lines"])
            if line["hidden"]
        }

        assert beneath == {
            (i, drawn["qinx"][i], RELATIVES[drawn["qin6"][i]])
            for i in (drawn["seat"] if drawn else [])
        }


def test_ichingpy_draws_the_same_charts(documents: Documents) -> None:
    for lines, doc in documents.items():
        drawn = ichingpy_chart(lines)
        roles = [line.role.label if line.role else None for line in drawn.lines]

        assert doc["primary"]["palace"] == drawn.palace.label
        assert (doc["primary"]["shi"], doc["primary"]["ying"]) == (
            roles.index("世") + 1,
            roles.index("应") + 1,
        )
        assert [described(line) for line in doc["lines"]] == [witnessed(x) for x in drawn.lines]
        for line, turned in zip(doc["lines"], drawn.transformed.lines, strict=True):
            if line["changed"]:
                assert described(line["changed"]) == witnessed(turned)


def described(line: dict[str, Any]) -> tuple[str, str, str]:
    return line["stem"], line["branch"], line["relative"]


def witnessed(line: Any) -> tuple[str, str, str]:
    return line.stem.label, line.branch.label, RELATIVES[line.relative.label]


def test_ichingpy_draws_the_lines_at_rest_of_a_changed_hexagram_the_same() -> None:
    for lines in ALL_CASTS[::7]:
        drawn = ichingpy_chart(lines)
        bits = sum((value in {6, 7}) << i for i, value in enumerate(lines))
        changed, primary = (
            HEXAGRAMS[bits],
            HEXAGRAMS[sum((v & 1) << i for i, v in enumerate(lines))],
        )

        own = zip(seats(changed), relatives(changed, primary.palace), strict=True)

        assert [(STEMS[seat.stem], relative) for seat, relative in own] == [
            (line.stem.label, RELATIVES[line.relative.label]) for line in drawn.transformed.lines
        ]


def test_twenty_hexagrams_hide_nothing_thirty_two_one_line_and_twelve_two(
    documents: Documents,
) -> None:
    still = [doc for lines, doc in documents.items() if not {6, 9}.intersection(lines)]

    counts = Counter(sum(line["hidden"] is not None for line in doc["lines"]) for doc in still)

    assert counts == {0: 20, 1: 32, 2: 12}


def test_ten_hexagrams_clash_and_eight_combine(documents: Documents) -> None:
    primaries = {doc["primary"]["number"]: doc["primary"] for doc in documents.values()}

    clashing = {number for number, primary in primaries.items() if primary["sixClash"]}
    combining = {primary["name"] for primary in primaries.values() if primary["sixHarmony"]}

    assert clashing == {1, 2, 29, 30, 51, 52, 57, 58, 25, 34}
    assert combining == set("否困旅豫节贲复泰")


@pytest.mark.parametrize(
    ("palace", "numbers"),
    [
        ("乾", [1, 44, 33, 12, 20, 23, 35, 14]),
        ("兑", [58, 47, 45, 31, 39, 15, 62, 54]),
        ("离", [30, 56, 50, 64, 4, 59, 6, 13]),
        ("震", [51, 16, 40, 32, 46, 48, 28, 17]),
        ("巽", [57, 9, 37, 42, 25, 21, 27, 18]),
        ("坎", [29, 60, 3, 63, 49, 55, 36, 7]),
        ("艮", [52, 22, 26, 41, 38, 10, 61, 53]),
        ("坤", [2, 24, 19, 11, 34, 43, 5, 8]),
    ],
)
def test_palaces_run_from_the_pure_hexagram_to_the_returning_one(
    palace: str, numbers: list[int]
) -> None:
    hexagrams = [by_number(number) for number in numbers]

    assert {hexagram.palace.name for hexagram in hexagrams} == {palace}
    assert [hexagram.generation for hexagram in hexagrams] == list(Generation)
    assert [hexagram.shi for hexagram in hexagrams] == [6, 1, 2, 3, 4, 5, 4, 3]


def changes(kind: str, documents: Documents) -> set[tuple[str, str]]:
    """Return which inner trigrams turn into which, by every cast that shows a pattern."""
    return {
        (doc["primary"]["lower"], doc["changed"]["lower"])
        for doc in documents.values()
        if doc["patterns"][kind]["inner"]
    }


def test_patterns_are_those_that_the_branches_show(documents: Documents) -> None:
    assert changes("repeating", documents) == {("乾", "震"), ("震", "乾")}
    assert changes("reversingLines", documents) == {("坤", "巽"), ("巽", "坤")}
    assert changes("reversingTrigrams", documents) == {
        *(("乾", "巽"), ("巽", "乾"), ("坎", "离"), ("离", "坎")),
        *(("震", "兑"), ("兑", "震"), ("艮", "坤"), ("坤", "艮")),
    }


def test_repeating_trigrams_keep_their_branches_and_reversing_ones_clash(
    documents: Documents,
) -> None:
    def inner(hexagram: Hexagram) -> list[int]:
        return [seat.branch for seat in seats(hexagram)[:3]]

    for doc in documents.values():
        if not doc["changed"]:
            continue
        before = inner(by_number(doc["primary"]["number"]))
        after = inner(by_number(doc["changed"]["number"]))
        same_trigram = doc["primary"]["lower"] == doc["changed"]["lower"]
        gaps = {(new - old) % 12 for old, new in zip(before, after, strict=True)}
        assert doc["patterns"]["repeating"]["inner"] is (gaps == {0} and not same_trigram)
        assert doc["patterns"]["reversingLines"]["inner"] is (gaps == {6})
