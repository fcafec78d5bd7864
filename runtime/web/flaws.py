"""From the words of pydantic for a mistake to the few kinds that clients are told."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import PydanticCustomError

from runtime.errors import FieldError, Flaw

# The kind, and where pydantic keeps the limit that was missed.
_KINDS: dict[str, tuple[Flaw, str]] = {
    "missing": (Flaw.MISSING, ""),
    "extra_forbidden": (Flaw.UNKNOWN, ""),
    "literal_error": (Flaw.NOT_OFFERED, ""),
    "enum": (Flaw.NOT_OFFERED, ""),
    "union_tag_invalid": (Flaw.NOT_OFFERED, ""),
    "union_tag_not_found": (Flaw.MISSING, ""),
    "string_pattern_mismatch": (Flaw.MALFORMED, ""),
    "string_too_long": (Flaw.TOO_LONG, "max_length"),
    "string_too_short": (Flaw.TOO_SHORT, "min_length"),
    "too_long": (Flaw.TOO_MANY, "max_length"),
    "too_short": (Flaw.TOO_FEW, "min_length"),
    "greater_than": (Flaw.TOO_SMALL, "gt"),
    "greater_than_equal": (Flaw.TOO_SMALL, "ge"),
    "less_than": (Flaw.TOO_LARGE, "lt"),
    "less_than_equal": (Flaw.TOO_LARGE, "le"),
}
# Before the kinds that `wrong` raises: some are pydantic's names too, and mean another thing there.
_OURS = "flaw_"
# Times, dates, numbers and identifiers written as a text that does not read as one.
_UNREADABLE = ("_parsing", "_parsing_size", "_from_date_parsing", "_timezone_aware")


def wrong(kind: Flaw, message: str, limit: int | None = None) -> PydanticCustomError:
    """What a validator raises so that its mistake has a kind; `{limit}` may stand in the words."""
    return PydanticCustomError(f"{_OURS}{kind}", message, {} if limit is None else {"limit": limit})


def field_error(pointer: str, error: Mapping[str, Any]) -> FieldError:
    """One of pydantic's errors, with the context that it comes with."""
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"].startswith(_OURS):
        own = Flaw(error["type"].removeprefix(_OURS))
        return FieldError(pointer, message, own, error.get("ctx", {}).get("limit"))
    kind, limit = _KINDS.get(error["type"]) or (_other(error["type"]), "")
    value = error.get("ctx", {}).get(limit)
    return FieldError(pointer, message, kind, value if isinstance(value, int | float) else None)


def _other(kind: str) -> Flaw:
    if kind.endswith(_UNREADABLE):
        return Flaw.MALFORMED
    return Flaw.WRONG_TYPE if kind.endswith("_type") else Flaw.INVALID
