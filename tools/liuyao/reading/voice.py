"""The words of one reading in one language: phrases, terms explained once, dates, lists."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from tools.liuyao.reading.chart import Seat
from tools.liuyao.texts import hexagram_name
from tools.liuyao.vocabulary import Locale

LOCALES = tuple(locale.value for locale in Locale)

_WORDS = Path(__file__).parent / "words"
_TERM = re.compile(r"\[([^\]]+)\]")


@cache
def phrases(locale: str) -> Mapping[str, Any]:
    """The phrase table of a locale."""
    return _table(_WORDS / f"phrases.{locale}.json")


@cache
def glosses(locale: str) -> Mapping[str, Any]:
    """What each hexagram and line says in plain words, by number."""
    return _table(_WORDS / f"glosses.{locale}.json")


def _table(path: Path) -> Mapping[str, Any]:
    table: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return table


class Voice:
    """Speaks one reading: remembers which terms of the art it has already explained."""

    def __init__(self, locale: str, seed: int, *, terse: bool = False) -> None:
        self.locale = locale
        self.english = locale == "en"
        self.terse = terse  # leave out what only colours the picture
        self._phrases = phrases(locale)
        self._seed = seed
        self._explained: set[str] = set()

    def knows(self, key: str) -> bool:
        """Whether there is such a phrase."""
        return key in self._phrases

    def say(self, key: str, **values: object) -> str:
        """A phrase with its terms and values in place; several wordings take turns by the seed."""
        phrase = self._phrases[key]
        if isinstance(phrase, list):
            phrase = phrase[self._seed % len(phrase)]
        return _TERM.sub(lambda found: self.term(found[1]), phrase).format(**values)

    def term(self, name: str) -> str:
        """A term of the art, explained in half a sentence where it comes first."""
        first, later = self._phrases[f"term.{name}"]
        if name in self._explained:
            return str(later)
        self._explained.add(name)
        return str(first)

    def joined(self, sentences: Iterable[str]) -> str:
        """Sentences in a row; Chinese sets no space between them."""
        return (" " if self.english else "").join(sentence for sentence in sentences if sentence)

    def listed(self, items: Iterable[str]) -> str:
        """Several things named in one breath."""
        *most, last = items
        if not most:
            return last
        return self.say("list.comma").join(most) + self.say("list.and") + last

    def date(self, day: date, *, since: date) -> str:
        """A date a reader can put in a diary; the year only where it is not the present one."""
        key = "date" if day.year == since.year else "date.year"
        weekday, month = self._phrases["weekdays"][day.weekday()], self._phrases["months"]
        return self.say(
            key, year=day.year, month=month[day.month - 1], day=day.day, weekday=weekday
        )

    def name(self, number: int) -> str:
        """A hexagram by its name."""
        name = hexagram_name(number, locale=self.book).name
        if self.english:
            simplified = hexagram_name(number)
            return f"{simplified.pinyin.title()} ({simplified.name})"
        return name

    @property
    def book(self) -> Locale:
        """The language in which the book is quoted."""
        return Locale(self.locale)

    def branch(self, glyph: str) -> str:
        """A branch; other than Chinese explains its glyph once."""
        return self.term(f"branch.{glyph}") if self.english else glyph

    def place(self, position: int) -> str:
        """One of the six places, counted from below."""
        return self.say(f"place.{position}")

    def seat(self, seat: Seat) -> str:
        """A relative with the branch and element it sits on."""
        return self.say(
            "seat",
            relative=self.term(f"relative.{seat.relative}"),
            branch=self.branch(seat.branch),
            element=self.say(f"element.{seat.element}"),
        )
