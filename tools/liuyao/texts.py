"""The book itself: judgments, images and lines of the 64 hexagrams, in three languages.

The texts and where they come from are in zhouyi.json. Legge's English has no Tuan and no Small
Images, so those are given in Chinese to everyone; a passage names the language that it is in.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tools.liuyao.vocabulary import Locale, Part

_KEYS = {Locale.ZH_HANS: "zh_hans", Locale.ZH_HANT: "zh_hant", Locale.EN: "en"}
_TRADITIONAL_IMAGES = str.maketrans("泽风为", "澤風為")


class NoSuchText(LookupError):
    """The book has no such hexagram, part or line."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of the book, and the words on its image where the book has any (小象)."""

    number: int
    part: Part
    position: int | None
    label: str | None  # 初九 and so on; 用九, 用六
    locale: Locale  # of the text
    text: str
    image: str | None  # Chinese also beside English


@dataclass(frozen=True, slots=True)
class Name:
    """What a hexagram is called."""

    number: int
    symbol: str
    name: str  # 乾; in English Legge's spelling, Khien
    full_name: str  # 乾为天; in English the Unicode name, The creative heaven
    pinyin: str


def passage(
    number: int, part: Part, position: int | None = None, *, locale: Locale = Locale.ZH_HANS
) -> Passage:
    """Return a part of a hexagram's text; only a line has a position."""
    entry = _entry(number, part, position)
    own = locale if _KEYS[locale] in entry else Locale.ZH_HANT
    image = entry.get("image", {}).get(_KEYS[own]) or entry.get("image", {}).get("zh_hant")
    text = entry[_KEYS[own]]
    return Passage(number, part, position, entry.get("label"), own, text, image)


def hexagram_name(number: int, *, locale: Locale = Locale.ZH_HANS) -> Name:
    """Return what a hexagram is called in a language."""
    entry = _hexagram(number)
    names = entry["name"]
    if locale is Locale.EN:
        name, full_name = names["legge"], names["unicode"]
    elif locale is Locale.ZH_HANT:
        name, full_name = names["zh_hant"], _traditional_full_name(entry)
    else:
        name, full_name = names["zh_hans"], entry["full_name"]["zh_hans"]
    return Name(number, entry["symbol"], name, full_name, names["pinyin"])


def _traditional_full_name(entry: dict[str, Any]) -> str:
    """Return the full name with the traditional name in place of the simplified one."""
    simplified, full_name = entry["name"]["zh_hans"], entry["full_name"]["zh_hans"]
    images = full_name.replace(simplified, "{}", 1).translate(_TRADITIONAL_IMAGES)
    traditional: str = images.format(entry["name"]["zh_hant"])
    return traditional


def _entry(number: int, part: Part, position: int | None) -> dict[str, Any]:
    hexagram = _hexagram(number)
    if (part is Part.LINE) is not (position is not None):
        raise NoSuchText("a line is asked for by its position, and nothing else is")
    if position is not None:
        if not 1 <= position <= 6:
            raise NoSuchText(f"no line {position}")
        line: dict[str, Any] = hexagram["lines"][position - 1]
        return line
    key = "all_moving" if part is Part.ALL_MOVING else part.value
    if key not in hexagram:
        raise NoSuchText(f"hexagram {number} has no text for all lines moving")
    entry: dict[str, Any] = hexagram[key]
    return entry


def _hexagram(number: int) -> dict[str, Any]:
    if not 1 <= number <= 64:
        raise NoSuchText(f"no hexagram {number}")
    return _book()[number - 1]


@cache
def _book() -> list[dict[str, Any]]:
    """Read the book when it is first opened; most processes never do."""
    whole = json.loads(files("tools.liuyao").joinpath("zhouyi.json").read_text("utf-8"))
    hexagrams: list[dict[str, Any]] = whole["hexagrams"]
    return hexagrams
