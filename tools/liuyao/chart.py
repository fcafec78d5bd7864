"""The chart: the lines of a cast set out under a month and a day."""

from dataclasses import dataclass

from tools.liuyao import relations
from tools.liuyao.cycle import BRANCHES, ELEMENTS, STEMS, clashes, phase, void
from tools.liuyao.hexagrams import HEXAGRAMS, Hexagram, nuclear, opposite, turned_over
from tools.liuyao.najia import hidden, is_six_clash, is_six_harmony, relative, relatives, seats
from tools.liuyao.vocabulary import Spirit

Document = dict[str, object]

SPIRITS = tuple(spirit.value for spirit in Spirit)
# Which spirit line 1 has, by the stem of the day: 甲乙 丙丁 戊 己 庚辛 壬癸.
_FIRST_SPIRIT = (0, 0, 1, 1, 2, 3, 4, 4, 5, 5)
_PLACES = "初二三四五上"


@dataclass(frozen=True, slots=True)
class Chart:
    """A cast's hexagrams, and the month and day that they are judged by."""

    lines: tuple[int, ...]
    primary: Hexagram
    changed: Hexagram | None
    month: int  # pillars
    day: int

    @property
    def moving(self) -> tuple[int, ...]:
        """The positions of the moving lines."""
        return tuple(i for i, value in enumerate(self.lines, 1) if value in {6, 9})


def chart_of(lines: tuple[int, ...], month: int, day: int) -> Chart:
    """Set out six lines under the pillars of a month and a day."""
    bits = sum((value & 1) << i for i, value in enumerate(lines))
    flips = sum(1 << i for i, value in enumerate(lines) if value in {6, 9})
    changed = HEXAGRAMS[bits ^ flips] if flips else None
    return Chart(lines, HEXAGRAMS[bits], changed, month, day)


def label(position: int, *, yang: bool) -> str:
    """Return the book's name of a line: 初九, 六二, 上六."""
    place, kind = _PLACES[position - 1], "九" if yang else "六"
    return place + kind if position in {1, 6} else kind + place


def face(hexagram: Hexagram) -> Document:
    """Return what a document says of a hexagram in full."""
    return _FACES[hexagram.bits].copy()


def name(hexagram: Hexagram) -> Document:
    """Return what a document says of a hexagram in passing."""
    return {"number": hexagram.number, "name": hexagram.name}


def kindred(hexagram: Hexagram) -> dict[str, Document]:
    """Return the three hexagrams that follow from one by form."""
    return {
        "nuclear": name(nuclear(hexagram)),
        "opposite": name(opposite(hexagram)),
        "reversed": name(turned_over(hexagram)),
    }


def line_documents(chart: Chart) -> list[Document]:
    """Return what a document says of the six lines, from the bottom up."""
    empty = void(chart.day)
    return [_line_document(chart, i, empty) for i in range(6)]


def _line_document(chart: Chart, i: int, empty: tuple[int, int]) -> Document:
    value = chart.lines[i]
    moving = value in {6, 9}
    seat = seats(chart.primary)[i]
    monthly = phase(seat.element, chart.month % 12)
    clashed = clashes(seat.branch, chart.day % 12)
    turned = chart.changed if moving else None
    return {
        "position": i + 1,
        "label": _LABELS[value & 1][i],
        "value": value,
        "yang": bool(value & 1),
        "moving": moving,
        "stem": STEMS[seat.stem],
        "branch": BRANCHES[seat.branch],
        "element": ELEMENTS[seat.element],
        "relative": _RELATIVES[chart.primary.bits][i],
        "spirit": SPIRITS[(_FIRST_SPIRIT[chart.day % 10] + i) % 6],
        "role": _ROLES[chart.primary.bits][i],
        "void": seat.branch in empty,
        "monthPhase": monthly,
        "monthBreak": clashes(seat.branch, chart.month % 12),
        "dayClash": clashed,
        "dayEffect": relations.day_effect(clashed=clashed, moving=moving, phase=monthly),
        "hidden": _hidden_document(chart.primary, i),
        "changed": _changed_document(chart.primary, turned, i, empty) if turned else None,
    }


def _hidden_document(primary: Hexagram, i: int) -> Document | None:
    seat = hidden(primary)[i]
    if seat is None:
        return None
    return {
        "relative": relative(seat.element, primary.palace),
        "stem": STEMS[seat.stem],
        "branch": BRANCHES[seat.branch],
        "element": ELEMENTS[seat.element],
    }


def _changed_document(
    primary: Hexagram, changed: Hexagram, i: int, empty: tuple[int, int]
) -> Document:
    old, new = seats(primary)[i], seats(changed)[i]
    return {
        "stem": STEMS[new.stem],
        "branch": BRANCHES[new.branch],
        "element": ELEMENTS[new.element],
        # Reckoned from the palace of the primary: a change keeps its family.
        "relative": relative(new.element, primary.palace),
        **relations.turn(old, new),
        "void": new.branch in empty,
    }


def _face(hexagram: Hexagram) -> Document:
    return {
        "number": hexagram.number,
        "symbol": hexagram.symbol,
        "name": hexagram.name,
        "fullName": hexagram.full_name,
        "bits": hexagram.bit_string,
        "upper": hexagram.upper.name,
        "lower": hexagram.lower.name,
        "palace": hexagram.palace.name,
        "palaceElement": ELEMENTS[hexagram.palace.element],
        "generation": hexagram.generation.value,
        "shi": hexagram.shi,
        "ying": hexagram.ying,
        "sixClash": is_six_clash(hexagram),
        "sixHarmony": is_six_harmony(hexagram),
    }


def _roles(hexagram: Hexagram) -> tuple[str | None, ...]:
    named = {hexagram.shi: "shi", hexagram.ying: "ying"}
    return tuple(named.get(position) for position in range(1, 7))


# Whatever depends on the hexagram alone is worked out once; all are indexed by its bits.
_FACES = tuple(_face(hexagram) for hexagram in HEXAGRAMS)
_ROLES = tuple(_roles(hexagram) for hexagram in HEXAGRAMS)
_RELATIVES = tuple(relatives(hexagram, hexagram.palace) for hexagram in HEXAGRAMS)
_LABELS = tuple(tuple(label(i, yang=yang) for i in range(1, 7)) for yang in (False, True))
