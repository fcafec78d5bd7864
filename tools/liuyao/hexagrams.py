"""The 8 trigrams and the 64 hexagrams: numbers, names, palaces and kinship by form."""

from dataclasses import dataclass

from tools.liuyao.cycle import EARTH, FIRE, METAL, WATER, WOOD
from tools.liuyao.vocabulary import Generation

TRIGRAM_MASK = 0b111


@dataclass(frozen=True, slots=True)
class Trigram:
    """Three lines; bit 0 is the lowest, 1 is yang."""

    name: str
    image: str
    bits: int
    element: int


@dataclass(frozen=True, slots=True)
class Hexagram:
    """Six lines and all that follows from them alone; bit 0 is the lowest, 1 is yang."""

    number: int
    bits: int
    name: str
    lower: Trigram
    upper: Trigram
    palace: Trigram
    generation: Generation
    shi: int
    ying: int

    @property
    def symbol(self) -> str:
        """The Unicode character of the hexagram."""
        return chr(0x4DC0 + self.number - 1)

    @property
    def bit_string(self) -> str:
        """The lines from the bottom up, 1 for yang."""
        return bit_string(self.bits)

    @property
    def full_name(self) -> str:
        """The name with its images: 水雷屯, 乾为天."""
        if self.lower is self.upper:
            return f"{self.name}为{self.upper.image}"
        return f"{self.upper.image}{self.lower.image}{self.name}"


def bit_string(bits: int) -> str:
    """Write six lines from the bottom up, 1 for yang."""
    return f"{bits:06b}"[::-1]


# In the order of the columns and rows of the King Wen table below.
TRIGRAMS = (
    Trigram("乾", "天", 0b111, METAL),
    Trigram("兑", "泽", 0b011, METAL),
    Trigram("离", "火", 0b101, FIRE),
    Trigram("震", "雷", 0b001, WOOD),
    Trigram("巽", "风", 0b110, WOOD),
    Trigram("坎", "水", 0b010, WATER),
    Trigram("艮", "山", 0b100, EARTH),
    Trigram("坤", "地", 0b000, EARTH),
)

# Rows by the lower trigram, columns by the upper.
_KING_WEN = (
    (1, 43, 14, 34, 9, 5, 26, 11),
    (10, 58, 38, 54, 61, 60, 41, 19),
    (13, 49, 30, 55, 37, 63, 22, 36),
    (25, 17, 21, 51, 42, 3, 27, 24),
    (44, 28, 50, 32, 57, 48, 18, 46),
    (6, 47, 64, 40, 59, 29, 4, 7),
    (33, 31, 56, 62, 53, 39, 52, 15),
    (12, 45, 35, 16, 20, 8, 23, 2),
)

_NAMES = (
    *("乾", "坤", "屯", "蒙", "需", "讼", "师", "比"),
    *("小畜", "履", "泰", "否", "同人", "大有", "谦", "豫"),
    *("随", "蛊", "临", "观", "噬嗑", "贲", "剥", "复"),
    *("无妄", "大畜", "颐", "大过", "坎", "离", "咸", "恒"),
    *("遁", "大壮", "晋", "明夷", "家人", "睽", "蹇", "解"),
    *("损", "益", "夬", "姤", "萃", "升", "困", "井"),
    *("革", "鼎", "震", "艮", "渐", "归妹", "丰", "旅"),
    *("巽", "兑", "涣", "节", "中孚", "小过", "既济", "未济"),
)

# The lines that turn, from the pure hexagram, on each of the eight steps; and where 世 then stands.
_STEPS = (0, 0b000001, 0b000011, 0b000111, 0b001111, 0b011111, 0b010111, 0b010000)
_SHI = (6, 1, 2, 3, 4, 5, 4, 3)

_OF_BITS = {trigram.bits: trigram for trigram in TRIGRAMS}


def _palaces() -> dict[int, tuple[Trigram, int]]:
    """Map the bits of every hexagram to its palace and its step in it."""
    return {
        (palace.bits * 0b001001) ^ turned: (palace, step)
        for palace in TRIGRAMS
        for step, turned in enumerate(_STEPS)
    }


def _build(bits: int, palace: Trigram, step: int) -> Hexagram:
    lower, upper = _OF_BITS[bits & TRIGRAM_MASK], _OF_BITS[bits >> 3]
    number = _KING_WEN[TRIGRAMS.index(lower)][TRIGRAMS.index(upper)]
    shi = _SHI[step]
    return Hexagram(
        number=number,
        bits=bits,
        name=_NAMES[number - 1],
        lower=lower,
        upper=upper,
        palace=palace,
        generation=tuple(Generation)[step],
        shi=shi,
        ying=shi + 3 if shi <= 3 else shi - 3,
    )


# Indexed by bits.
HEXAGRAMS = tuple(_build(bits, *place) for bits, place in sorted(_palaces().items()))
_BY_NUMBER = {hexagram.number: hexagram for hexagram in HEXAGRAMS}


def by_number(number: int) -> Hexagram:
    """Return a hexagram by its King Wen number; KeyError where there is none."""
    return _BY_NUMBER[number]


def nuclear(hexagram: Hexagram) -> Hexagram:
    """Return the hexagram of lines 2, 3, 4 below and 3, 4, 5 above (互卦)."""
    inner, outer = hexagram.bits >> 1 & TRIGRAM_MASK, hexagram.bits >> 2 & TRIGRAM_MASK
    return HEXAGRAMS[inner | outer << 3]


def opposite(hexagram: Hexagram) -> Hexagram:
    """Return the hexagram with every line the other way (错卦)."""
    return HEXAGRAMS[hexagram.bits ^ 0b111111]


def turned_over(hexagram: Hexagram) -> Hexagram:
    """Return the hexagram read from the top (综卦)."""
    return HEXAGRAMS[int(hexagram.bit_string, 2)]
