"""The words that clients may send and that documents may contain."""

from collections.abc import Mapping
from enum import StrEnum, unique


@unique
class Category(StrEnum):
    """What the question is about; decides the focus (用神)."""

    CAREER = "career"
    WEALTH = "wealth"
    LOVE = "love"
    STUDY = "study"
    HEALTH = "health"
    FAMILY = "family"
    CHILDREN = "children"
    TRAVEL = "travel"
    LOST = "lost"
    LAWSUIT = "lawsuit"
    PROPERTY = "property"
    SOCIAL = "social"
    GENERAL = "general"


@unique
class Method(StrEnum):
    """How the lines came about."""

    COINS = "coins"
    MANUAL = "manual"
    YARROW = "yarrow"
    TIME = "time"
    NUMBER = "number"


@unique
class Locale(StrEnum):
    """The languages that texts exist in."""

    ZH_HANS = "zh-Hans"
    ZH_HANT = "zh-Hant"
    EN = "en"


@unique
class DayBoundary(StrEnum):
    """When the day pillar changes: schools differ, so every document names its choice."""

    ZI = "zi"  # 23:00, when the hour of 子 opens
    MIDNIGHT = "midnight"


@unique
class Gender(StrEnum):
    """The querent's gender, which only a question about love looks at."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


@unique
class Relative(StrEnum):
    """六亲, in the order of (line element - palace element) mod 5."""

    SIBLINGS = "siblings"  # 兄弟
    CHILDREN = "children"  # 子孙
    WEALTH = "wealth"  # 妻财
    OFFICIALS = "officials"  # 官鬼
    PARENTS = "parents"  # 父母


@unique
class Spirit(StrEnum):
    """六神, in the order in which they climb the lines."""

    AZURE_DRAGON = "azureDragon"  # 青龙
    VERMILION_BIRD = "vermilionBird"  # 朱雀
    HOOKED_EARTH = "hookedEarth"  # 勾陈
    SOARING_SERPENT = "soaringSerpent"  # 螣蛇
    WHITE_TIGER = "whiteTiger"  # 白虎
    DARK_WARRIOR = "darkWarrior"  # 玄武


@unique
class Element(StrEnum):
    """五行, each generating the next."""

    WOOD = "wood"
    FIRE = "fire"
    EARTH = "earth"
    METAL = "metal"
    WATER = "water"


@unique
class Phase(StrEnum):
    """旺相死囚休, in the order of (element - month element) mod 5."""

    PROSPEROUS = "prosperous"
    STRONG = "strong"
    DEAD = "dead"
    TRAPPED = "trapped"
    RESTING = "resting"


@unique
class Generation(StrEnum):
    """The place of a hexagram in its palace, in the order of the palace's eight steps."""

    PURE = "pure"  # 本宫
    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    FOURTH = "fourth"
    FIFTH = "fifth"
    WANDERING = "wandering"  # 游魂
    RETURNING = "returning"  # 归魂


@unique
class Turn(StrEnum):
    """What a moving line's new element does to its old one, in the order of (new - old) mod 5."""

    SAME = "same"  # 比和
    DRAINS = "drains"  # 化泄
    CHECKED = "checked"  # 化财: the old overcomes the new
    OVERCOMES_BACK = "overcomesBack"  # 回头克
    GENERATES_BACK = "generatesBack"  # 回头生


@unique
class DayEffect(StrEnum):
    """What a clash by the day does to a line at rest."""

    NONE = "none"
    HIDDEN_MOVE = "hiddenMove"  # 暗动
    DAY_BREAK = "dayBreak"  # 日破


@unique
class Part(StrEnum):
    """The parts of a hexagram's text."""

    JUDGMENT = "judgment"  # 卦辞
    COMMENTARY = "commentary"  # 彖
    IMAGE = "image"  # 大象
    LINE = "line"  # 爻辞
    ALL_MOVING = "allMoving"  # 用九, 用六


# --- the terms of the art, as practitioners write them ------------------------------------------

ELEMENT_TERMS: Mapping[str, str] = {
    Element.WOOD: "木",
    Element.FIRE: "火",
    Element.EARTH: "土",
    Element.METAL: "金",
    Element.WATER: "水",
}
RELATIVE_TERMS: Mapping[str, str] = {
    Relative.SIBLINGS: "兄弟",
    Relative.CHILDREN: "子孙",
    Relative.WEALTH: "妻财",
    Relative.OFFICIALS: "官鬼",
    Relative.PARENTS: "父母",
}
SPIRIT_TERMS: Mapping[str, str] = {
    Spirit.AZURE_DRAGON: "青龙",
    Spirit.VERMILION_BIRD: "朱雀",
    Spirit.HOOKED_EARTH: "勾陈",
    Spirit.SOARING_SERPENT: "螣蛇",
    Spirit.WHITE_TIGER: "白虎",
    Spirit.DARK_WARRIOR: "玄武",
}
ROLE_TERMS: Mapping[str, str] = {"shi": "世", "ying": "应"}
