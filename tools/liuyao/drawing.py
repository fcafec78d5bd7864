"""Draws a chart as SVG: six lines with what stands at each, without script or outside reference.

In the terms of the art, as practitioners draw it: spirits, hidden lines, the primary hexagram with
its moving marks and 世应, and beside it the hexagram that it turns into.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from tools.liuyao.vocabulary import ELEMENT_TERMS, RELATIVE_TERMS, ROLE_TERMS, SPIRIT_TERMS

Row = Mapping[str, Any]

WIDTH = 720
LEFT = 24
TOP = 118
STEP = 46
HEIGHT = TOP + 6 * STEP + 64
# Where each column begins; the strokes are as wide as BAR.
SPIRIT, HIDDEN, SEAT, STROKES, MARK, ROLE, TURNED_SEAT, TURNED = (
    LEFT,
    76,
    176,
    286,
    398,
    430,
    470,
    584,
)
BAR, GAP, THICK = 100, 16, 10

# Old yang turns into yin, old yin into yang.
MARKS = {9: "○", 6: "×"}


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a drawing."""

    paper: str
    ink: str
    faint: str
    accent: str


THEMES = {
    "light": Theme("#fffdf7", "#22201c", "#7a746a", "#a3271f"),
    "dark": Theme("#1c1b19", "#efe9dc", "#9b948a", "#f0836f"),
}


def draw(derived: Row, *, theme: str = "light") -> str:
    """Return the drawing of a `divination_derived` document; same document, same bytes."""
    colours = THEMES[theme]
    title = _title(derived)
    body = "".join(
        [
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{colours.paper}"/>',
            *_heading(derived, colours),
            *(part for line in derived["lines"] for part in _line(line, derived, colours)),
            *_footing(derived, colours),
        ]
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" font-family="serif">'
        f"<title>{escape(title)}</title>{body}</svg>"
    )


def _title(derived: Row) -> str:
    changed = derived["changed"]
    primary: str = derived["primary"]["fullName"]
    return f"{primary} → {changed['fullName']}" if changed else primary


def _heading(derived: Row, colours: Theme) -> Iterator[str]:
    pillars = derived["calendar"]["pillars"]
    moment = "　".join(
        f"{pillars[key]}{word}"
        for key, word in (("year", "年"), ("month", "月"), ("day", "日"), ("hour", "时"))
    )
    void = "".join(derived["calendar"]["void"])
    yield _text(LEFT, 34, f"{moment}　旬空 {void}", colours.faint, size=15)
    yield _text(STROKES - 110, 76, _name(derived["primary"]), colours.ink, size=22)
    if derived["changed"]:
        yield _text(TURNED_SEAT, 76, _name(derived["changed"]), colours.ink, size=22)


def _name(hexagram: Row) -> str:
    return f"{hexagram['fullName']}（{hexagram['palace']}宫）"


def _line(line: Row, derived: Row, colours: Theme) -> Iterator[str]:
    y = TOP + (6 - line["position"]) * STEP
    colour = colours.accent if line["moving"] else colours.ink
    yield _text(SPIRIT, y + 15, SPIRIT_TERMS[line["spirit"]], colours.faint)
    if line["hidden"]:
        yield _text(HIDDEN, y + 15, f"伏{_seat(line['hidden'])}", colours.faint, size=13)
    void = "空" if line["void"] else ""
    yield _text(SEAT, y + 15, _seat(line) + void, colour)
    yield from _strokes(STROKES, y, colour, yang=line["yang"])
    if line["moving"]:
        yield _text(MARK, y + 16, MARKS[line["value"]], colours.accent, size=20)
    if line["role"]:
        yield _text(ROLE, y + 15, ROLE_TERMS[line["role"]], colours.ink, size=18)
    if derived["changed"]:
        yield from _turned(line, y, colours)


def _turned(line: Row, y: int, colours: Theme) -> Iterator[str]:
    """The line of the changed hexagram; one that does not move stays as it is, without a seat."""
    if line["changed"]:
        yield _text(TURNED_SEAT, y + 15, _seat(line["changed"]), colours.ink)
    yang = line["yang"] != line["moving"]
    yield from _strokes(TURNED, y, colours.ink if line["moving"] else colours.faint, yang=yang)


def _strokes(x: int, y: int, colour: str, *, yang: bool) -> Iterator[str]:
    half = (BAR - GAP) // 2
    starts = ((x, BAR),) if yang else ((x, half), (x + half + GAP, half))
    for start, width in starts:
        yield f'<rect x="{start}" y="{y + 5}" width="{width}" height="{THICK}" fill="{colour}"/>'


def _footing(derived: Row, colours: Theme) -> Iterator[str]:
    focus = derived["focus"]
    under = "伏于" if focus["hidden"] else "在"
    place = f"用神 {RELATIVE_TERMS[focus['relative']]}，{under}第{focus['position']}爻"
    term = derived["calendar"]["term"]["name"]
    text = f"{place}　节气 {term}　{derived['cast']['localTime'][:16].replace('T', ' ')}"
    yield _text(LEFT, HEIGHT - 26, text, colours.faint, size=15)


def _seat(seat: Row) -> str:
    relative, element = RELATIVE_TERMS[seat["relative"]], ELEMENT_TERMS[seat["element"]]
    return f"{relative}{seat['stem']}{seat['branch']}{element}"


def _text(x: int, y: int, text: str, colour: str, *, size: int = 16) -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}">{escape(text)}</text>'
