"""Cuts a reading into the small pieces in which a model would stream it."""

import re
from zlib import crc32

# Chinese runs as it stands; anything else goes word by word with the space that follows.
_RUN = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef“”‘’…—]+|[^\s\u3400-\u9fff]+\s*|\s+")
_CHINESE = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef“”‘’…—]")
_LONGEST = 3


def tokens(text: str) -> list[str]:
    """The pieces of a text, in order and without loss: the same text is always cut the same way."""
    pieces: list[str] = []
    for run in _RUN.findall(text):
        pieces += _cut(run) if _CHINESE.match(run) else [run]
    return pieces


def _cut(run: str) -> list[str]:
    """One to three characters at a time, by what stands there, so that no cut follows a rhythm."""
    pieces, at = [], 0
    while at < len(run):
        size = 1 + crc32(run[at : at + _LONGEST].encode()) % _LONGEST
        pieces.append(run[at : at + size])
        at += size
    return pieces
