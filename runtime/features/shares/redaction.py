"""Takes what a user asked out of what they were answered.

Readings quote the question, whole or cut short, in their own quotation marks and line breaks. A run
of letters long enough to be a quotation is left out, wherever it stands.
"""

from collections.abc import Iterable

GAP = "…"
# So many letters in a row are a quotation: an ideograph says more than a letter does.
LATIN_RUN, IDEOGRAPH_RUN = 16, 6
_QUOTES = ("“{}”", "「{}」", "『{}』", '"{}"', "《{}》")


def without(text: str, secrets: Iterable[str]) -> str:
    """The text with a gap in the place of every quotation of these."""
    for secret in secrets:
        text = _without(text, secret)
    return text


def _without(text: str, secret: str) -> str:
    letters = _letters(secret)
    if not letters:
        return text
    run = LATIN_RUN if letters.isascii() else IDEOGRAPH_RUN
    if len(letters) < run:
        return _without_short(text, " ".join(secret.split()), letters, run)
    return _gapped(text, {letters[i : i + run] for i in range(len(letters) - run + 1)}, run)


def _without_short(text: str, secret: str, letters: str, run: int) -> str:
    """A short question may be a word of the reading too: it is one where it is quoted."""
    if len(letters) * 2 >= run:
        return _gapped(text, {letters}, len(letters))
    for quotes in _QUOTES:
        text = text.replace(quotes.format(secret), quotes.format(GAP))
    return text


def _gapped(text: str, grams: set[str], run: int) -> str:
    places = [place for place, letter in enumerate(text) if not letter.isspace()]
    plain = "".join(text[place].lower()[:1] for place in places)
    hidden: set[int] = set()
    for first in range(len(plain) - run + 1):
        if plain[first : first + run] in grams:
            hidden.update(range(places[first], places[first + run - 1] + 1))
    kept = (
        (GAP if place - 1 not in hidden else "") if place in hidden else letter
        for place, letter in enumerate(text)
    )
    return "".join(kept)


def _letters(text: str) -> str:
    return "".join(letter.lower()[:1] for letter in text if not letter.isspace())
