"""Short texts that others may read: nothing in them that hides, turns round or breaks out."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

from runtime.errors import Flaw
from runtime.web.flaws import wrong

LONGEST_NAME = 40
LONGEST_BIO = 500
# More marks than this on one letter are no language's spelling; they paint over what is around.
MOST_MARKS = 4
# Before anything is looked at: longer than this is no honest text of either kind.
_LONGEST_SENT = 4_000
# Marks that change the direction of what stands beside them, and a name could be read as another.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Letters and symbols by their category that show nothing; without joiners, which emoji need.
_BLANK = frozenset("\u00ad\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060\u2800\u3164\ufeff\uffa0")
_BROKEN = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}


def _name(text: str) -> str:
    return _clean(text, longest=LONGEST_NAME, allowed="")


def _bio(text: str) -> str:
    return _clean(text.replace("\r\n", "\n"), longest=LONGEST_BIO, allowed="\n")


def _clean(text: str, *, longest: int, allowed: str) -> str:
    """The text as it is kept, or a sentence on what is wrong with it."""
    kept = unicodedata.normalize("NFC", text.strip()).strip()
    if not any(map(_shows, kept)):
        raise wrong(Flaw.MISSING, "it must not be empty; null removes it")
    if len(kept) > longest:
        raise wrong(Flaw.TOO_LONG, "it may have at most {limit} characters", longest)
    if any(_is_broken(char) for char in kept if char not in allowed):
        raise wrong(Flaw.LETTERS, "it must not contain control characters or invisible ones")
    if _TURNING & set(kept):
        message = "it must not contain marks that change the direction of writing"
        raise wrong(Flaw.LETTERS, message)
    if _stacks(kept):
        raise wrong(Flaw.LETTERS, "a letter may carry at most {limit} marks", MOST_MARKS)
    return kept


def _shows(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNSP" and char not in _BLANK


def _is_broken(char: str) -> bool:
    return unicodedata.category(char) in _BROKEN or char in _BLANK


def _stacks(text: str) -> bool:
    run = 0
    for char in text:
        run = run + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        if run > MOST_MARKS:
            return True
    return False


_SENT = Field(max_length=_LONGEST_SENT)
DisplayName = Annotated[str, _SENT, AfterValidator(_name)]
Bio = Annotated[str, _SENT, AfterValidator(_bio)]
