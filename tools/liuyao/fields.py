"""The fields of `forwardedProps.divinationPayload`, version 1, each with the rules it can check."""

import re
import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, PydanticCustomError

from tools.liuyao.clocks import zone_names
from tools.liuyao.faults import Fault, Kind
from tools.liuyao.limits import pointer
from tools.liuyao.vocabulary import Category, DayBoundary, Gender, Locale, Method

MAX_QUESTION = 500

# Letters and symbols by category that show nothing: fillers of Hangul, the blank of Braille.
_BLANKS = "\u115f\u1160\u3164\uffa0\u2800"
_LOCALE_ALIASES = {"zh-CN": "zh-Hans", "zh-TW": "zh-Hant", "zh-HK": "zh-Hant"}
_ENGLISH = re.compile(r"en(-[A-Za-z0-9]{1,8})+")

_SENTENCES = {
    "missing": "This field is required.",
    "extra_forbidden": "This field is unknown; leave it out.",
    "model_type": "This must be an object.",
    "int_type": "This must be an integer, without quotes or a decimal point.",
    "bool_type": "This must be true or false.",
    "string_type": "This must be a string.",
    "list_type": "This must be an array.",
    "too_short": "This array has too few items.",
    "too_long": "This array has too many items.",
}
# The kind, and where pydantic keeps the limit that was missed; all others are of a wrong type.
_KINDS = {
    "missing": (Kind.MISSING, ""),
    "extra_forbidden": (Kind.UNKNOWN, ""),
    "enum": (Kind.NOT_OFFERED, ""),
    "too_short": (Kind.TOO_FEW, "min_length"),
    "too_long": (Kind.TOO_MANY, "max_length"),
    "greater_than_equal": (Kind.TOO_SMALL, "ge"),
    "less_than_equal": (Kind.TOO_LARGE, "le"),
}


def _refusal(sentence: str, kind: Kind, limit: int | None = None) -> PydanticCustomError:
    told = {"sentence": sentence, "kind": kind, "limit": limit}
    return PydanticCustomError("rule", "{sentence}", told)


def _asked(text: str) -> str:
    """Return the question as it is kept, or refuse it."""
    # Trimmed before and after: NFC may bring out a space (U+2000 becomes U+2002).
    question = unicodedata.normalize("NFC", text.strip()).strip()
    if len(question) > MAX_QUESTION:
        sentence = f"The question may have at most {MAX_QUESTION} characters."
        raise _refusal(sentence, Kind.TOO_LONG, MAX_QUESTION)
    if any(unicodedata.category(char) == "Cc" and char != "\n" for char in question):
        sentence = "The question must not contain control characters other than a line feed."
        raise _refusal(sentence, Kind.LETTERS)
    if not any(map(_speaks, question)):
        raise _refusal("The question must contain words.", Kind.MISSING)
    return question


def _speaks(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNS" and char not in _BLANKS


def known_locale(value: Any) -> Any:
    """The language that a usual spelling of another tag means; whatever else it is, unchanged."""
    if isinstance(value, str) and _ENGLISH.fullmatch(value):
        return Locale.EN.value
    return _LOCALE_ALIASES.get(value, value) if isinstance(value, str) else value


def _known_zone(name: str) -> str:
    if len(name) > 64 or name not in zone_names():
        sentence = "The time zone must be an IANA name that exists, such as Asia/Shanghai."
        raise _refusal(sentence, Kind.NOT_OFFERED)
    return name


def _rounded(value: float) -> float:
    return round(value, 2) + 0.0  # no negative zero: it would make two digests of one place


# An enumeration cannot be strict, or it would refuse the very strings that JSON has.
_Loose = Field(strict=False)
_Line = Annotated[int, Field(ge=6, le=9)]
_Coin = Annotated[int, Field(ge=2, le=3)]
_Number = Annotated[int, Field(ge=1, le=9999)]
_Row = Annotated[list[_Coin], Field(min_length=3, max_length=3)]


class _Wire(BaseModel):
    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        hide_input_in_errors=True,  # the question is never logged
    )


class LocationFields(_Wire):
    longitude: Annotated[float, Field(ge=-180, le=180), AfterValidator(_rounded)]
    latitude: Annotated[float, Field(ge=-90, le=90), AfterValidator(_rounded)] | None = None


class QuerentFields(_Wire):
    gender: Annotated[Gender, _Loose] | None = None
    birth_year: Annotated[int, Field(ge=1900)] | None = None


class PayloadFields(_Wire):
    version: Annotated[int, Field(ge=1, le=1)] = 1
    question: Annotated[str, AfterValidator(_asked)]
    category: Annotated[Category, _Loose]
    method: Annotated[Method, _Loose]
    lines: Annotated[list[_Line], Field(min_length=6, max_length=6)]
    coins: Annotated[list[_Row], Field(min_length=6, max_length=6)] | None = None
    numbers: Annotated[list[_Number], Field(min_length=2, max_length=2)] | None = None
    cast_at: str
    timezone: Annotated[str, AfterValidator(_known_zone)]
    locale: Annotated[Locale, _Loose, BeforeValidator(known_locale)] = Locale.ZH_HANS
    day_boundary: Annotated[DayBoundary, _Loose] = DayBoundary.ZI
    true_solar_time: bool = False
    location: LocationFields | None = None
    querent: QuerentFields | None = None


def read_fields(raw: Any) -> PayloadFields | list[Fault]:
    """Return the fields, or what is wrong with each that is."""
    try:
        return PayloadFields.model_validate(raw)
    except ValidationError as exc:
        return [_fault(error) for error in exc.errors(include_url=False, include_input=False)]


def _fault(error: ErrorDetails) -> Fault:
    where, told = pointer(*error["loc"]), error.get("ctx", {})
    if error["type"] == "rule":
        return Fault(where, told["sentence"], told["kind"], told["limit"])
    kind, limit = _KINDS.get(error["type"], (Kind.WRONG_TYPE, ""))
    return Fault(where, _sentence(error["type"], error["msg"]), kind, told.get(limit))


def _sentence(kind: str, message: str) -> str:
    return _SENTENCES.get(kind) or f"{message}."
