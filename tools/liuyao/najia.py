"""纳甲: the stem and branch of every line, its relative, and what lies hidden beneath it."""

from dataclasses import dataclass

from tools.liuyao.cycle import BRANCH_ELEMENT, BRANCHES, STEMS, clashes, combines
from tools.liuyao.hexagrams import HEXAGRAMS, Hexagram, Trigram
from tools.liuyao.vocabulary import Relative

RELATIVES = tuple(relative.value for relative in Relative)


@dataclass(frozen=True, slots=True)
class Seat:
    """What a line carries: stem, branch and the branch's element."""

    stem: int
    branch: int
    element: int


# A trigram's stem and its lowest branch, first as inner and then as outer one.
_FIRST_SEATS = {
    "乾": ("甲子", "壬午"),
    "坤": ("乙未", "癸丑"),
    "震": ("庚子", "庚午"),
    "巽": ("辛丑", "辛未"),
    "坎": ("戊寅", "戊申"),
    "离": ("己卯", "己酉"),
    "艮": ("丙辰", "丙戌"),
    "兑": ("丁巳", "丁亥"),
}
_FORWARD = "乾震坎艮"


def _trigram_seats(trigram: Trigram, *, outer: bool) -> tuple[Seat, ...]:
    first = _FIRST_SEATS[trigram.name][outer]
    step = 2 if trigram.name in _FORWARD else -2
    places = [(BRANCHES.index(first[1]) + step * i) % 12 for i in range(3)]
    return tuple(Seat(STEMS.index(first[0]), place, BRANCH_ELEMENT[place]) for place in places)


def _seats(hexagram: Hexagram) -> tuple[Seat, ...]:
    inner = _trigram_seats(hexagram.lower, outer=False)
    return inner + _trigram_seats(hexagram.upper, outer=True)


# All three are indexed by the hexagram's bits.
_SEATS = tuple(_seats(hexagram) for hexagram in HEXAGRAMS)


def seats(hexagram: Hexagram) -> tuple[Seat, ...]:
    """Return what the six lines carry, from the bottom up."""
    return _SEATS[hexagram.bits]


def relative(element: int, palace: Trigram) -> str:
    """Return what an element is to a palace (六亲)."""
    return RELATIVES[(element - palace.element) % 5]


def relatives(hexagram: Hexagram, palace: Trigram) -> tuple[str, ...]:
    """Return the six relatives of a hexagram, reckoned from a palace that need not be its own."""
    return tuple(relative(seat.element, palace) for seat in seats(hexagram))


def _hidden(hexagram: Hexagram) -> tuple[Seat | None, ...]:
    present = relatives(hexagram, hexagram.palace)
    pure = seats(HEXAGRAMS[hexagram.palace.bits * 0b001001])
    missing = [relative(seat.element, hexagram.palace) not in present for seat in pure]
    return tuple(seat if lacks else None for seat, lacks in zip(pure, missing, strict=True))


_HIDDEN = tuple(_hidden(hexagram) for hexagram in HEXAGRAMS)


def hidden(hexagram: Hexagram) -> tuple[Seat | None, ...]:
    """Return what lies beneath each line (伏神): the palace's seat of a relative not shown."""
    return _HIDDEN[hexagram.bits]


def is_six_clash(hexagram: Hexagram) -> bool:
    """Tell whether every inner line clashes with the outer one it answers (六冲)."""
    own = seats(hexagram)
    return all(clashes(own[i].branch, own[i + 3].branch) for i in range(3))


def is_six_harmony(hexagram: Hexagram) -> bool:
    """Tell whether every inner line combines with the outer one it answers (六合)."""
    own = seats(hexagram)
    return all(combines(own[i].branch, own[i + 3].branch) for i in range(3))
