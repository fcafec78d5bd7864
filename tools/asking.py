"""What a user reads before a yes: on one line, bounded, and nothing in it that hides or turns."""

import unicodedata

QUESTION_LIMIT = 1_000
# How much of a longer text stands in a question; the whole stands in the call's arguments.
EXCERPT_LIMIT = 400
# Marks that letters and emoji are joined by, which change no order.
_JOINERS = frozenset("\u200c\u200d")
# Controls, and what is written without being seen or turns the direction of what follows.
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs"})
_SEEN = "\ufffd"
_MORE = {
    "zh-Hans": "…（还有 {} 字）",
    "zh-Hant": "…（還有 {} 字）",
    "en": "… ({} more characters)",
}


def shown(text: str) -> str:
    """The text as one line of a question: what cannot be seen in it, can."""
    plain = "".join(_SEEN if hides(letter) else letter for letter in " ".join(text.split()))
    return plain if len(plain) <= QUESTION_LIMIT else plain[: QUESTION_LIMIT - 1] + "…"


def excerpt(text: str, locale: str) -> str:
    """As much of a text as a question can bear, and how much more there is."""
    line = " ".join(text.split())
    if len(line) <= EXCERPT_LIMIT:
        return line
    return line[:EXCERPT_LIMIT] + _MORE[locale].format(len(line) - EXCERPT_LIMIT)


def hides(letter: str) -> bool:
    """Whether a letter is written without being seen, or turns the order of what follows."""
    return unicodedata.category(letter) in _UNSEEN and letter not in _JOINERS
