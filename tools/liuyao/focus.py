"""用神: which line a question is about, and why that one."""

from collections.abc import Mapping, Sequence
from typing import Any

from tools.liuyao.vocabulary import Category, DayEffect, Gender, Phase, Relative

Line = Mapping[str, Any]

# The relatives that stand for a category, the second one only where the first is not to be seen.
_RELATIVES = {
    Category.CAREER: (Relative.OFFICIALS,),
    Category.WEALTH: (Relative.WEALTH,),
    Category.LOST: (Relative.WEALTH,),
    Category.STUDY: (Relative.PARENTS, Relative.OFFICIALS),
    Category.CHILDREN: (Relative.CHILDREN,),
    Category.FAMILY: (Relative.PARENTS,),
    Category.PROPERTY: (Relative.PARENTS,),
    Category.SOCIAL: (Relative.SIBLINGS,),
}
_SELF = {Category.HEALTH, Category.TRAVEL, Category.GENERAL, Category.LAWSUIT}
_PARTNERS = {Gender.MALE: Relative.WEALTH, Gender.FEMALE: Relative.OFFICIALS}
_AWAKE = {Phase.PROSPEROUS, Phase.STRONG}


def focus_of(
    category: Category, gender: Gender | None, lines: Sequence[Line], *, branches: str
) -> dict[str, object]:
    """Choose among a chart's six lines; `branches` are those of its month and day."""
    rule = f"category:{category.value}"
    if category in _SELF:
        return _seated("shi", rule, lines)
    if category is Category.LOVE:
        return _partner(gender, rule, lines, branches)
    first, *others = _RELATIVES[category]
    if candidates := _showing(first, lines):
        return _chosen(first, rule, candidates, branches)
    if category is Category.SOCIAL:
        return _seated("ying", f"{rule}:ying", lines)
    for other in others:
        if candidates := _showing(other, lines):
            return _chosen(other, f"{rule}:{other.value}", candidates, branches)
    return _beneath(first, rule, lines)


def _partner(
    gender: Gender | None, rule: str, lines: Sequence[Line], branches: str
) -> dict[str, object]:
    relative = _PARTNERS.get(gender) if gender else None
    if relative is None:
        return _seated("ying", f"{rule}:ying", lines)
    rule = f"{rule}:{relative.value}"
    if candidates := _showing(relative, lines):
        return _chosen(relative, rule, candidates, branches)
    return _beneath(relative, rule, lines)


def _seated(role: str, rule: str, lines: Sequence[Line]) -> dict[str, object]:
    """Take the line that stands for the querent (世) or for the other side (应)."""
    line = next(line for line in lines if line["role"] == role)
    return _focus(line["relative"], rule, line["position"], [line["position"]])


def _showing(relative: Relative, lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line["relative"] == relative.value]


def _chosen(
    relative: Relative, rule: str, candidates: list[Line], branches: str
) -> dict[str, object]:
    """Take the liveliest of several lines of one relative, the lowest where they are equal."""
    best = max(candidates, key=lambda line: _claim(line, branches))
    positions = [line["position"] for line in candidates]
    return _focus(relative.value, rule, best["position"], positions)


def _claim(line: Line, branches: str) -> tuple[bool, ...]:
    broken = line["monthBreak"] or line["dayEffect"] == DayEffect.DAY_BREAK
    return (
        line["moving"],
        line["role"] is not None,
        line["branch"] in branches,
        line["monthPhase"] in _AWAKE,
        not (line["void"] or broken),
    )


def _beneath(relative: Relative, rule: str, lines: Sequence[Line]) -> dict[str, object]:
    """Take the hidden line: whatever is not among the six lies beneath exactly one of them."""
    line = next(x for x in lines if x["hidden"] and x["hidden"]["relative"] == relative.value)
    return _focus(relative.value, rule, line["position"], [], hidden=True)


def _focus(
    relative: str, rule: str, position: int, candidates: list[int], *, hidden: bool = False
) -> dict[str, object]:
    return {
        "relative": relative,
        "position": position,
        "hidden": hidden,
        "candidates": candidates,
        "rule": rule,
    }
