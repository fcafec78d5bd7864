"""Which questions of a model's may be offered to the user: short, on one line, hiding nothing."""

from collections.abc import Iterable, Iterator
from itertools import islice

from pydantic import BaseModel, field_validator

from tools.asking import hides

LONGEST = 80
# What is longer is no question, and is not looked at.
LONGEST_LOOKED_AT = 1_000


class Questions(BaseModel):
    """What a model is asked for."""

    questions: list[str]

    @field_validator("questions")
    @classmethod
    def _some_fit(cls, questions: list[str]) -> list[str]:
        if not any(map(_plain, questions)):
            raise ValueError(f"at least one question of at most {LONGEST} characters is needed")
        return questions


def offerable(questions: Iterable[str], *, asked: Iterable[str], most: int) -> list[str]:
    """The first of these that are fit to be shown, each once, and none that was asked already."""
    return list(islice(_fresh(questions, {_key(text) for text in asked}), most))


def _fresh(questions: Iterable[str], known: set[str]) -> Iterator[str]:
    for question in questions:
        plain = _plain(question)
        if plain and _key(plain) not in known:
            known.add(_key(plain))
            yield plain


def _plain(question: str) -> str:
    """The question on one line, without what cannot be seen; nothing where it is too long."""
    if len(question) > LONGEST_LOOKED_AT:
        return ""
    # White space first: a line end is a control character too.
    line = "".join(letter for letter in " ".join(question.split()) if not hides(letter)).strip()
    return line if len(line) <= LONGEST else ""


def _key(text: str) -> str:
    return text.strip().casefold()
