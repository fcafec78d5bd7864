"""Invite codes: short enough to read out, too many to guess."""

import secrets

# Crockford's base 32: no I, L, O, U; what is read or typed for them means the digit that it is.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
LENGTH = 8
LONGEST_TYPED = 64


def new_code() -> str:
    """Forty random bits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(LENGTH))


def read_code(typed: str) -> str | None:
    """The code that somebody typed, in whatever case and grouping; None for what can be none."""
    if len(typed) > LONGEST_TYPED or not typed.isascii():
        return None
    code = "".join(typed.replace("-", " ").split()).upper().translate(_MISREAD)
    return code if len(code) == LENGTH and set(code) <= set(_LETTERS) else None
