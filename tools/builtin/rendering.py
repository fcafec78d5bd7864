"""A chart as text for a model: the hexagrams in front, then one row a line, the top line first.

In the terms of the art, whatever the user's language: they are what the classical rules speak of,
and a model translates a term more safely than it guesses what a translation stood for.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from tools.liuyao.vocabulary import ELEMENT_TERMS, RELATIVE_TERMS, ROLE_TERMS, SPIRIT_TERMS

Row = Mapping[str, Any]

_GENERATIONS = {
    "pure": "本宫",
    "first": "一世",
    "second": "二世",
    "third": "三世",
    "fourth": "四世",
    "fifth": "五世",
    "wandering": "游魂",
    "returning": "归魂",
}
_PHASES = {"prosperous": "旺", "strong": "相", "resting": "休", "trapped": "囚", "dead": "死"}
_TURNS = {
    "same": "比和",
    "drains": "化泄",
    "checked": "化财",
    "overcomesBack": "回头克",
    "generatesBack": "回头生",
}
_TURN_MARKS = {
    "advance": "化进",
    "retreat": "化退",
    "clash": "化冲",
    "harmony": "化合",
    "void": "化空",
}
_DAY_EFFECTS = {"none": "日冲", "hiddenMove": "日冲暗动", "dayBreak": "日破"}
_BOUNDARIES = {"zi": "23:00换日", "midnight": "0:00换日"}
_PATTERNS = {"repeating": "伏吟", "reversingLines": "爻反吟", "reversingTrigrams": "卦反吟"}
_HALVES = {"inner": "内卦", "outer": "外卦"}
_SIDES = {"primary": "本卦", "changed": "变卦"}
_PARTS = {"judgment": "卦辞", "line": "爻辞", "allMoving": "用辞"}
_WEIGHTS = {"main": "主", "secondary": "辅"}
_STROKES = {6: "━ ━ ×", 7: "━━━  ", 8: "━ ━  ", 9: "━━━ ○"}


def render_chart(derived: Row) -> str:
    """Return a `divination_derived` document as rows of text."""
    rows = [
        _moment(derived),
        _calendar(derived["calendar"], datetime.fromisoformat(derived["cast"]["localTime"])),
        _face("本卦", derived["primary"]),
        _face("变卦", derived["changed"]) if derived["changed"] else "变卦：无，六爻安静",
        _kindred(derived),
        "爻（自上而下）：",
        *(_line(line) for line in reversed(derived["lines"])),
        *_patterns(derived["patterns"]),
        _focus(derived["focus"]),
        _texts(derived["texts"]),
    ]
    return "\n".join(rows)


def _moment(derived: Row) -> str:
    cast, conventions = derived["cast"], derived["engine"]["conventions"]
    sun = f"，真太阳时 {cast['solarTime']}" if cast["solarTime"] else ""
    return (
        f"起卦：{cast['localTime']}（{cast['timezone']}）{sun}，"
        f"方法 {cast['method']}，所问 {cast['category']}，{_BOUNDARIES[conventions['dayBoundary']]}"
    )


def _calendar(calendar: Row, wall: datetime) -> str:
    pillars, term, coming = calendar["pillars"], calendar["term"], calendar["nextTerm"]
    # In the querent's clock, as the date in UTC may be another one.
    begins = datetime.fromisoformat(coming["startedAt"]).astimezone(wall.tzinfo)
    near = "，交节前后两分钟内，各家历书或有出入" if calendar["nearTermBoundary"] else ""
    return (
        f"四柱：{pillars['year']}年 {pillars['month']}月 {pillars['day']}日 {pillars['hour']}时，"
        f"旬空 {''.join(calendar['void'])}，节气 {term['name']}，"
        f"下一节气 {coming['name']} {begins:%Y-%m-%d %H:%M}{near}"
    )


def _face(title: str, hexagram: Row) -> str:
    marks = [word for key, word in (("sixClash", "六冲"), ("sixHarmony", "六合")) if hexagram[key]]
    palace = f"{hexagram['palace']}宫{ELEMENT_TERMS[hexagram['palaceElement']]}"
    return "，".join(
        [
            f"{title}：{hexagram['symbol']} 第{hexagram['number']}卦 {hexagram['fullName']}",
            f"{palace} {_GENERATIONS[hexagram['generation']]}",
            *marks,
        ]
    )


def _kindred(derived: Row) -> str:
    named = (("互卦", "nuclear"), ("错卦", "opposite"), ("综卦", "reversed"))
    return "，".join(
        f"{word} {derived[key]['number']} {derived[key]['name']}" for word, key in named
    )


def _seat(seat: Row) -> str:
    relative, element = RELATIVE_TERMS[seat["relative"]], ELEMENT_TERMS[seat["element"]]
    return f"{relative} {seat['stem']}{seat['branch']}{element}"


def _line(line: Row) -> str:
    return " ".join(
        [
            line["label"],
            _STROKES[line["value"]],
            SPIRIT_TERMS[line["spirit"]],
            _seat(line),
            ROLE_TERMS.get(line["role"], "　"),
            f"月{_PHASES[line['monthPhase']]}",
            *_conditions(line),
        ]
    )


def _conditions(line: Row) -> Iterator[str]:
    if line["void"]:
        yield "旬空"
    if line["monthBreak"]:
        yield "月破"
    if line["dayClash"]:
        yield _DAY_EFFECTS[line["dayEffect"]]
    if line["hidden"]:
        yield f"伏神 {_seat(line['hidden'])}"
    if line["changed"]:
        yield f"动→ {_turn(line['changed'])}"


def _turn(changed: Row) -> str:
    marks = [word for key, word in _TURN_MARKS.items() if changed[key]]
    return " ".join([_seat(changed), _TURNS[changed["relation"]], *marks])


def _patterns(patterns: Row) -> Iterator[str]:
    found = [
        _HALVES[half] + word
        for key, word in _PATTERNS.items()
        for half in _HALVES
        if patterns[key][half]
    ]
    if found:
        yield "格局：" + "，".join(found)


def _focus(focus: Row) -> str:
    place = f"第{focus['position']}爻"
    where = f"伏于{place}下" if focus["hidden"] else f"在{place}"
    others = [str(position) for position in focus["candidates"] if position != focus["position"]]
    also = f"，同类另见第{'、'.join(others)}爻" if others else ""
    return f"用神：{RELATIVE_TERMS[focus['relative']]}，{where}{also}（{focus['rule']}）"


def _texts(texts: Row) -> str:
    return f"断辞（{texts['rule']}）：" + "，".join(_text(item) for item in texts["items"])


def _text(item: Row) -> str:
    place = f"第{item['position']}爻" if item["position"] else ""
    where = f"{_SIDES[item['of']]} {item['number']} {place}{_PARTS[item['part']]}"
    return f"{where}（{_WEIGHTS[item['weight']]}）"
