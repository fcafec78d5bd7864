"""A cast: the question asked, the lines that fell, when and where. All a chart is made from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from tools.liuyao.casting import Coins, Lines
from tools.liuyao.vocabulary import Category, DayBoundary, Gender, Locale, Method


class CastUnreadable(ValueError):
    """What was stored is not a cast."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where the sun is asked for the time, in degrees to two places (about a kilometre)."""

    longitude: float
    latitude: float | None = None


@dataclass(frozen=True, slots=True)
class Querent:
    """Who asks, as far as they told."""

    gender: Gender | None = None
    birth_year: int | None = None


@dataclass(frozen=True, slots=True)
class Cast:
    """A payload that has passed every rule, in its one normal form."""

    # Kept out of logs and tracebacks, like all that says who asked what from where.
    question: str = field(repr=False)
    category: Category
    method: Method
    lines: Lines
    at: datetime  # UTC
    zone: str
    locale: Locale = Locale.ZH_HANS
    day_boundary: DayBoundary = DayBoundary.ZI
    coins: tuple[Coins, ...] | None = None
    numbers: tuple[int, int] | None = None
    # Given only where true solar time is asked for: what is not used is not kept.
    location: Location | None = field(default=None, repr=False)
    querent: Querent | None = field(default=None, repr=False)

    @property
    def moving(self) -> tuple[int, ...]:
        """The positions of the moving lines, 1 to 6."""
        return tuple(i for i, value in enumerate(self.lines, 1) if value in (6, 9))

    def to_json(self) -> dict[str, Any]:
        """Return the normal form: a payload again, which reads back as the same cast."""
        normal: dict[str, Any] = {
            "version": 1,
            "question": self.question,
            "category": self.category.value,
            "method": self.method.value,
            "lines": list(self.lines),
            "castAt": rfc3339(self.at),
            "timezone": self.zone,
            "locale": self.locale.value,
            "dayBoundary": self.day_boundary.value,
            "trueSolarTime": self.location is not None,
        }
        if self.coins:
            normal["coins"] = [list(row) for row in self.coins]
        if self.numbers:
            normal["numbers"] = list(self.numbers)
        if self.location:
            normal["location"] = _location_json(self.location)
        if self.querent:
            normal["querent"] = _querent_json(self.querent)
        return normal

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Cast":
        """Read back what `to_json` gave; it is ours, so the rules are not put to it again."""
        try:
            return _from_json(stored)
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise CastUnreadable(f"not a stored cast: {type(exc).__name__}") from exc

    def digest(self) -> str:
        """Return a fingerprint that two payloads share exactly if they mean the same cast."""
        normal = json.dumps(
            self.to_json(), ensure_ascii=False, separators=(",", ":"), sort_keys=True
        )
        return sha256(normal.encode()).hexdigest()


def rfc3339(instant: datetime) -> str:
    """Write an instant in UTC to the microsecond."""
    utc = instant.astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='microseconds')}Z"


def _location_json(location: Location) -> dict[str, float]:
    if location.latitude is None:
        return {"longitude": location.longitude}
    return {"longitude": location.longitude, "latitude": location.latitude}


def _querent_json(querent: Querent) -> dict[str, str | int]:
    told: dict[str, str | int] = {}
    if querent.gender:
        told["gender"] = querent.gender.value
    if querent.birth_year:
        told["birthYear"] = querent.birth_year
    return told


def _from_json(stored: Mapping[str, Any]) -> Cast:
    coins, numbers = stored.get("coins"), stored.get("numbers")
    location, querent = stored.get("location"), stored.get("querent")
    return Cast(
        question=stored["question"],
        category=Category(stored["category"]),
        method=Method(stored["method"]),
        lines=_lines(stored["lines"]),
        at=datetime.fromisoformat(stored["castAt"]),
        zone=stored["timezone"],
        locale=Locale(stored["locale"]),
        day_boundary=DayBoundary(stored["dayBoundary"]),
        coins=tuple((a, b, c) for a, b, c in coins) if coins else None,
        numbers=(numbers[0], numbers[1]) if numbers else None,
        location=Location(location["longitude"], location.get("latitude")) if location else None,
        querent=_querent(querent) if querent else None,
    )


def _lines(stored: list[int]) -> Lines:
    if len(stored) != 6 or not {6, 7, 8, 9}.issuperset(stored):
        raise ValueError("six lines of 6 to 9")
    return tuple(stored)


def _querent(stored: Mapping[str, Any]) -> Querent:
    gender = stored.get("gender")
    return Querent(Gender(gender) if gender else None, stored.get("birthYear"))
