"""A chart for readers of English, in the words that its reading uses."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from tools.builtin.rendering import render_chart
from tools.liuyao.reading.voice import Voice, phrases

Row = Mapping[str, Any]
ENGLISH = "en"
_STROKES = {6: "━ ━ ×", 7: "━━━  ", 8: "━ ━  ", 9: "━━━ ○"}
_ROLES = {"shi": "self", "ying": "other"}
_SOLAR = "solar."
_KEY = (
    "Line 1 is the lowest. ○ and × move, and become what → says. self is you, other is whom\n"
    "or what you face. What is void or broken has no effect for now."
)


def chart_in(locale: str, derived: Row) -> str:
    """The chart in a reader's language; in Chinese in the terms of the art."""
    return "\n".join(_english(derived)) if locale == ENGLISH else render_chart(derived)


def _english(derived: Row) -> Iterator[str]:
    cast, calendar, changed = derived["cast"], derived["calendar"], derived["changed"]
    figures = [_figure(each) for each in (derived["primary"], changed) if each]
    yield ", changing to ".join(figures) + ("" if changed else ", no line moves")
    wall = datetime.fromisoformat(cast["localTime"])
    term = phrases(ENGLISH)[_SOLAR + calendar["term"]["code"]]
    yield f"{wall:%Y-%m-%d %H:%M} ({cast['timezone']}), {term}"
    month, day = calendar["pillars"]["month"], calendar["pillars"]["day"]
    void = " and ".join(_branch(glyph) for glyph in calendar["void"])
    yield f"Month of {_branch(month[1])}, day of {_branch(day[1])}; void: {void}"
    yield ""
    yield from (_line(line) for line in reversed(derived["lines"]))
    yield ""
    focus = derived["focus"]
    where = "hidden under" if focus["hidden"] else "in"
    yield f"Focus: {_relative(focus['relative'])}, {where} line {focus['position']}"
    yield _KEY


def _figure(hexagram: Row) -> str:
    name = Voice(ENGLISH, 0).name(hexagram["number"])
    return f"{hexagram['symbol']} {hexagram['number']} {name}"


def _line(line: Row) -> str:
    seat = f"{_seat(line):<22}"
    role = f"{_ROLES.get(line['role'], ''):<6}"
    spirit = f"{_spirit(line['spirit']):<16}"
    conditions = ", ".join(_conditions(line))
    turn = f"→ {_seat(line['changed'])}" if line["changed"] else ""
    words = f"{line['position']}  {_STROKES[line['value']]}  {spirit}{seat}{role}"
    return (words + "  ".join(part for part in (turn, conditions) if part)).rstrip()


def _conditions(line: Row) -> Iterator[str]:
    if line["void"]:
        yield "void"
    if line["monthBreak"]:
        yield "broken by the month"
    if line["dayEffect"] == "hiddenMove":
        yield "a hidden move"
    if line["dayEffect"] == "dayBreak":
        yield "broken by the day"
    if line["hidden"]:
        yield f"under it {_seat(line['hidden'])}"


def _seat(seat: Row) -> str:
    return f"{_relative(seat['relative'])} {_branch(seat['branch'])} {seat['element']}"


def _relative(relative: str) -> str:
    return _later(f"relative.{relative}")


def _spirit(code: str) -> str:
    return re.sub("(?=[A-Z])", " ", code).title()


def _branch(glyph: str) -> str:
    return _later(f"branch.{glyph}")


def _later(term: str) -> str:
    """A term without its explanation."""
    return str(phrases(ENGLISH)[f"term.{term}"][1])
