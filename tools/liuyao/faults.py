"""What is wrong with a payload: where, in a sentence, and of which kind."""

from dataclasses import dataclass, replace
from enum import StrEnum, unique
from typing import Self


@unique
class Kind(StrEnum):
    """Few kinds, each of which a client can say in its own language."""

    MISSING = "missing"
    UNKNOWN = "unknown"
    WRONG_TYPE = "wrong_type"
    MALFORMED = "malformed"
    NOT_OFFERED = "not_offered"
    OUT_OF_RANGE = "out_of_range"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    LETTERS = "letters"
    CONTRADICTS = "contradicts"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: at which JSON pointer, and which limit it misses, if any."""

    pointer: str
    sentence: str
    kind: Kind
    limit: float | None = None

    def at(self, pointer: str) -> Self:
        """The same fault at another place."""
        return replace(self, pointer=pointer)
