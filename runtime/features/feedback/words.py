"""What people write, made harmless, and counted as they would count it."""

import unicodedata

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NEW_LINES = str.maketrans({"\u2028": "\n", "\u2029": "\n", "\u0085": "\n", "\t": " "})
_JOINER, _NON_JOINER = "\u200d", "\u200c"
_TAGS = range(0xE0020, 0xE0080)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)


def clean(text: str) -> str:
    """The text without what could turn it around, hide in it or end a file early; trimmed."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").translate(_NEW_LINES)
    composed = unicodedata.normalize("NFC", lines)
    return "".join(letter for letter in composed if _is_harmless(letter)).strip()


def one_line(text: str) -> str:
    return " ".join(clean(text).split())


def characters(text: str) -> int:
    """Characters as people count them: an accent, a skin tone, a family are no further ones."""
    count, before, flag_is_open = 0, "", False
    for letter in text:
        is_flag = ord(letter) in _FLAG_LETTERS
        joins = _extends(letter) or (before == _JOINER and not letter.isascii())
        if not joins and not (is_flag and flag_is_open):
            count += 1
        flag_is_open = is_flag and not flag_is_open
        before = letter
    return count


def _extends(letter: str) -> bool:
    """Whether it only adds to the character before it."""
    if letter in {_JOINER, _NON_JOINER} or ord(letter) in _TAGS or ord(letter) in _SKIN_TONES:
        return True
    return unicodedata.category(letter) in {"Mn", "Me"}


def _is_harmless(letter: str) -> bool:
    if letter == "\n" or letter in {_JOINER, _NON_JOINER} or ord(letter) in _TAGS:
        return True
    if letter in _BIDI or ord(letter) & 0xFFFE == 0xFFFE:
        return False
    return unicodedata.category(letter) not in {"Cc", "Cf", "Cs"}
