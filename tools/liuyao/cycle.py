"""Stems, branches and elements as numbers: the arithmetic under everything else.

A stem is 0..9, a branch 0..11, an element 0..4 (wood, fire, earth, metal, water), and a pillar its
place 0..59 in the cycle of sixty. Glyphs and codes appear only where a document is written.
"""

from tools.liuyao.vocabulary import Element, Phase

STEMS = "甲乙丙丁戊己庚辛壬癸"
BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
ELEMENTS = tuple(element.value for element in Element)
PHASES = tuple(phase.value for phase in Phase)
PILLARS = tuple(STEMS[n % 10] + BRANCHES[n % 12] for n in range(60))

WOOD, FIRE, EARTH, METAL, WATER = range(5)
BRANCH_ELEMENT = (
    *(WATER, EARTH, WOOD, WOOD, EARTH, FIRE),
    *(FIRE, EARTH, METAL, METAL, EARTH, WATER),
)

# 长生, 帝旺, 墓, 绝 of each element; earth goes with water.
GROWTH = tuple(
    tuple(BRANCHES.index(glyph) for glyph in row)
    for row in ("亥卯未申", "寅午戌亥", "申子辰巳", "巳酉丑寅", "申子辰巳")
)
TRINE_ELEMENT = (WATER, METAL, FIRE, WOOD)  # by branch mod 4: 申子辰, 巳酉丑, 寅午戌, 亥卯未

_ADVANCES = frozenset(
    (BRANCHES.index(pair[0]), BRANCHES.index(pair[1]))
    for pair in ("寅卯", "巳午", "申酉", "亥子", "丑辰", "辰未", "未戌", "戌丑")
)


def clashes(one: int, other: int) -> bool:
    """Tell whether two branches stand opposite each other (冲)."""
    return (one - other) % 12 == 6


def combines(one: int, other: int) -> bool:
    """Tell whether two branches are one of the six pairs (六合)."""
    return (one + other) % 12 == 1


def advances(old: int, new: int) -> bool:
    """Tell whether a line that turns from one branch into another goes forward (化进)."""
    return (old, new) in _ADVANCES


def phase(element: int, month_branch: int) -> str:
    """Return how an element fares in a month (旺相休囚死)."""
    return PHASES[(element - BRANCH_ELEMENT[month_branch]) % 5]


def void(day: int) -> tuple[int, int]:
    """Return the two branches that the decade of a day pillar leaves out (旬空)."""
    head = day % 12 - day % 10
    return (head + 10) % 12, (head + 11) % 12


def tomb(element: int) -> int:
    """Return the branch in which an element is buried (墓)."""
    return GROWTH[element][2]


def end(element: int) -> int:
    """Return the branch in which an element ends (绝)."""
    return GROWTH[element][3]
