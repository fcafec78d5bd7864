"""Branches and elements stand to one another as the tables of the art have it."""

from itertools import product

from tools.liuyao import cycle
from tools.liuyao.cycle import BRANCHES, PILLARS


def branches_where(holds: object) -> set[str]:
    assert callable(holds)
    pairs = product(range(12), repeat=2)
    return {BRANCHES[one] + BRANCHES[other] for one, other in pairs if holds(one, other)}


def both_ways(*pairs: str) -> set[str]:
    return {*pairs, *(pair[::-1] for pair in pairs)}


def test_clashes() -> None:
    assert branches_where(cycle.clashes) == both_ways(
        "子午", "丑未", "寅申", "卯酉", "辰戌", "巳亥"
    )


def test_combinations() -> None:
    expected = both_ways("子丑", "寅亥", "卯戌", "辰酉", "巳申", "午未")

    assert branches_where(cycle.combines) == expected


def test_advances_stay_within_an_element_and_never_lead_both_ways() -> None:
    advancing = branches_where(cycle.advances)
    elements = [[cycle.BRANCH_ELEMENT[BRANCHES.index(b)] for b in pair] for pair in advancing]

    assert advancing == {"寅卯", "巳午", "申酉", "亥子", "丑辰", "辰未", "未戌", "戌丑"}
    assert all(old == new for old, new in elements)
    assert not advancing & {pair[::-1] for pair in advancing}


def test_the_sixty_pillars_are_all_different() -> None:
    assert len(set(PILLARS)) == 60
    assert (PILLARS[0], PILLARS[54], PILLARS[59]) == ("甲子", "戊午", "癸亥")


def test_each_decade_leaves_out_its_two_branches() -> None:
    heads = {
        "甲子": "戌亥",
        "甲戌": "申酉",
        "甲申": "午未",
        "甲午": "辰巳",
        "甲辰": "寅卯",
        "甲寅": "子丑",
    }

    for day, pillar in enumerate(PILLARS):
        head = PILLARS[day // 10 * 10]
        empty = "".join(BRANCHES[branch] for branch in cycle.void(day))
        assert empty == heads[head], pillar


def test_phases_of_wood_round_the_year() -> None:
    phases = [
        cycle.phase(cycle.WOOD, BRANCHES.index(month)) for month in "寅卯辰巳午未申酉戌亥子丑"
    ]

    assert phases == [
        *("prosperous", "prosperous", "trapped", "resting", "resting", "trapped"),
        *("dead", "dead", "trapped", "strong", "strong", "trapped"),
    ]


def test_growth() -> None:
    rows = {
        "木": "亥卯未申",
        "火": "寅午戌亥",
        "土": "申子辰巳",
        "金": "巳酉丑寅",
        "水": "申子辰巳",
    }

    for element, row in enumerate(rows.values()):
        assert "".join(BRANCHES[branch] for branch in cycle.GROWTH[element]) == row
        assert BRANCHES[cycle.tomb(element)] == row[2]
        assert BRANCHES[cycle.end(element)] == row[3]


def test_trines_are_birth_peak_and_tomb_of_their_element() -> None:
    for element in (cycle.WOOD, cycle.FIRE, cycle.METAL, cycle.WATER):
        assert {cycle.TRINE_ELEMENT[branch % 4] for branch in cycle.GROWTH[element][:3]} == {
            element
        }
