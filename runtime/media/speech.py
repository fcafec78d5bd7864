"""From a recording to its words, as the rest of the server asks for it."""

import unicodedata
from typing import Protocol

LONGEST_TEXT = 4_000


class SpeechUnavailable(Exception):
    """The recording was not transcribed; the text is for our log."""


class Speech(Protocol):
    """Who transcribes."""

    async def words(self, content: bytes, media_type: str) -> str:
        """What is said in it, which may be nothing; raises SpeechUnavailable."""

    async def aclose(self) -> None: ...


class NoSpeech:
    """A server without an endpoint for it."""

    async def words(self, content: bytes, media_type: str) -> str:
        raise SpeechUnavailable("no endpoint for transcriptions is set")

    async def aclose(self) -> None:
        """Nothing is open."""


def cleaned(text: str) -> str:
    """What may stand in a message: no controls, and no more than a message has."""
    kept = "".join(letter for letter in text if letter in "\n\t" or _is_plain(letter))
    return kept.strip()[:LONGEST_TEXT]


def _is_plain(letter: str) -> bool:
    return unicodedata.category(letter) not in {"Cc", "Cs", "Co", "Cn"}
