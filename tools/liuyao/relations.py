"""What lines, months, days and changes do to one another."""

from tools.liuyao.cycle import advances, clashes, combines
from tools.liuyao.hexagrams import TRIGRAM_MASK, Hexagram
from tools.liuyao.najia import Seat
from tools.liuyao.vocabulary import DayEffect, Phase, Turn

TURNS = tuple(turn.value for turn in Turn)

# Trigrams by bits. Both alike carry the same branches, yet turn into each other: 伏吟.
_REPEATING = frozenset({(0b111, 0b001), (0b001, 0b111)})
# Every branch clashed: 爻反吟.
_REVERSING_LINES = frozenset({(0b000, 0b110), (0b110, 0b000)})
# Opposite in the later-heaven circle: 卦反吟.
_REVERSING_TRIGRAMS = frozenset(
    pair
    for one, other in ((0b111, 0b110), (0b010, 0b101), (0b001, 0b011), (0b100, 0b000))
    for pair in ((one, other), (other, one))
)
_AWAKE = {Phase.PROSPEROUS, Phase.STRONG}


def turn(old: Seat, new: Seat) -> dict[str, object]:
    """Return what a moving line's new seat does to its old one."""
    return {
        "relation": TURNS[(new.element - old.element) % 5],
        "advance": advances(old.branch, new.branch),
        "retreat": advances(new.branch, old.branch),
        "clash": clashes(old.branch, new.branch),
        "harmony": combines(old.branch, new.branch),
    }


def day_effect(*, clashed: bool, moving: bool, phase: str) -> str:
    """Return what the day's clash does to a line; what it does to a moving one is disputed."""
    if not clashed or moving:
        return DayEffect.NONE.value
    return (DayEffect.HIDDEN_MOVE if phase in _AWAKE else DayEffect.DAY_BREAK).value


def patterns(primary: Hexagram, changed: Hexagram | None) -> dict[str, object]:
    """Return which trigrams change into their like or their opposite (伏吟, 反吟)."""
    inner = _trigram_change(primary, changed, shift=0)
    outer = _trigram_change(primary, changed, shift=3)
    return {
        "repeating": {"inner": inner in _REPEATING, "outer": outer in _REPEATING},
        "reversingLines": {"inner": inner in _REVERSING_LINES, "outer": outer in _REVERSING_LINES},
        "reversingTrigrams": {
            "inner": inner in _REVERSING_TRIGRAMS,
            "outer": outer in _REVERSING_TRIGRAMS,
        },
        "static": changed is None,
    }


def _trigram_change(primary: Hexagram, changed: Hexagram | None, *, shift: int) -> tuple[int, int]:
    after = changed or primary
    return primary.bits >> shift & TRIGRAM_MASK, after.bits >> shift & TRIGRAM_MASK
