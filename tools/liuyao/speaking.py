"""Which text speaks, by how many lines move (朱熹《易学启蒙》)."""

from tools.liuyao.hexagrams import Hexagram
from tools.liuyao.vocabulary import Part

RULES = (
    "noneMoving",
    "oneMoving",
    "twoMoving",
    "threeMoving",
    "fourMoving",
    "fiveMoving",
    "allMoving",
)
_ALL_MOVING_TEXTS = {1, 2}  # 用九, 用六

Item = dict[str, object]


def speaking_texts(
    primary: Hexagram, changed: Hexagram | None, moving: tuple[int, ...]
) -> dict[str, object]:
    """Return the texts to read for a cast, the chief one marked."""
    return {"rule": RULES[len(moving)], "items": _items(primary, changed or primary, moving)}


def _items(primary: Hexagram, changed: Hexagram, moving: tuple[int, ...]) -> list[Item]:
    still = [position for position in range(1, 7) if position not in moving]
    match len(moving):
        case 0:
            return [_judgment("primary", primary, main=True)]
        case 1 | 2:
            return [_line("primary", primary, p, main=p == moving[-1]) for p in moving]
        case 3:
            # The ten casts that move line 1 come first in the book and lean on the primary.
            early = moving[0] == 1
            return [
                _judgment("primary", primary, main=early),
                _judgment("changed", changed, main=not early),
            ]
        case 4 | 5:
            return [_line("changed", changed, p, main=p == still[0]) for p in still]
        case _:
            return [_all_moving(primary, changed)]


def _all_moving(primary: Hexagram, changed: Hexagram) -> Item:
    if primary.number in _ALL_MOVING_TEXTS:
        return _item("primary", primary, Part.ALL_MOVING, None, main=True)
    return _judgment("changed", changed, main=True)


def _judgment(of: str, hexagram: Hexagram, *, main: bool) -> Item:
    return _item(of, hexagram, Part.JUDGMENT, None, main=main)


def _line(of: str, hexagram: Hexagram, position: int, *, main: bool) -> Item:
    return _item(of, hexagram, Part.LINE, position, main=main)


def _item(of: str, hexagram: Hexagram, part: Part, position: int | None, *, main: bool) -> Item:
    return {
        "of": of,
        "number": hexagram.number,
        "part": part.value,
        "position": position,
        "weight": "main" if main else "secondary",
    }
