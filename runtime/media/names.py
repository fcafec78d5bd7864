"""Names of files: what users call them, made fit for a header, a list and a prompt."""

import unicodedata
from urllib.parse import quote

LONGEST_NAME = 120
UNNAMED = "file"
# Letters that turn the writing around: gpj.exe could look like exe.jpg.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Line ends that are no controls.
_LINES = frozenset("\u2028\u2029")


def clean_name(name: str | None) -> str:
    """The last part of the name, without what could mislead a reader or a program."""
    last = unicodedata.normalize("NFC", name or "").replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter for letter in last if not _misleads(letter))
    return " ".join(kept.split()).strip(". ")[:LONGEST_NAME].strip() or UNNAMED


def disposition(name: str, *, inline: bool) -> str:
    """A Content-Disposition for any name (RFC 6266); old readers get its ASCII letters."""
    plain = "".join(letter if _is_plain(letter) else "_" for letter in name)
    spelt = quote(name, safe="")
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{spelt}"


def _misleads(letter: str) -> bool:
    if letter in _BIDI or letter in _LINES or letter in '"<>|*?:':
        return True
    return letter != " " and unicodedata.category(letter) in {"Cc", "Cs", "Co", "Cn", "Cf"}


def _is_plain(letter: str) -> bool:
    return letter.isascii() and letter.isprintable() and letter not in '"\\%'
