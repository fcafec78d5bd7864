"""Checks a `divination_derived` document before it is stored, and when it comes back.

Shape first, by the models below; then sense: the document is worked out again from its own lines
and clocks, and must say the same. Zones are not asked again, as their rules change with the years.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from tools.liuyao.derive import ENGINE, Matter, Moment, document
from tools.liuyao.vocabulary import (
    Category,
    DayBoundary,
    DayEffect,
    Element,
    Gender,
    Generation,
    Method,
    Part,
    Phase,
    Relative,
    Spirit,
    Turn,
)


class DerivedInvalid(ValueError):
    """The document is not a chart that this engine could have made."""


class _Shape(BaseModel):
    model_config = ConfigDict(
        strict=True, extra="forbid", alias_generator=to_camel, hide_input_in_errors=True
    )


def _glyphs(pattern: str) -> Any:
    return Field(pattern=f"^(?:{pattern})$")


_Loose = Field(strict=False)  # JSON has strings where Python has enumerations
_Position = Annotated[int, Field(ge=1, le=6)]
_Number = Annotated[int, Field(ge=1, le=64)]
_Value = Annotated[int, Field(ge=6, le=9)]
_Stem = Annotated[str, _glyphs("[甲乙丙丁戊己庚辛壬癸]")]
_Branch = Annotated[str, _glyphs("[子丑寅卯辰巳午未申酉戌亥]")]
_Pillar = Annotated[str, _glyphs("[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]")]
_Trigram = Annotated[str, _glyphs("[乾兑离震巽坎艮坤]")]
_Instant = Annotated[
    str, _glyphs(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
]
_Wall = Annotated[str, _glyphs("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")]
_Local = Annotated[
    str,
    _glyphs(
        "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
        "[+-][0-9]{2}:[0-9]{2}(:[0-9]{2})?"  # seconds too: zones kept local mean time for long
    ),
]
_Word = Annotated[str, Field(min_length=1, max_length=64)]
_Role = Literal["shi", "ying"]
_ElementCode = Annotated[Element, _Loose]
_RelativeCode = Annotated[Relative, _Loose]


class _Conventions(_Shape):
    day_boundary: Annotated[DayBoundary, _Loose]
    year_start: _Word
    terms: _Word
    clock: _Word
    changed_relatives: _Word


class _Engine(_Shape):
    name: _Word
    version: _Word
    conventions: _Conventions


class _Cast(_Shape):
    method: Annotated[Method, _Loose]
    category: Annotated[Category, _Loose]
    lines: Annotated[list[_Value], Field(min_length=6, max_length=6)]
    cast_at: _Instant
    local_time: _Local
    timezone: _Word
    solar_time: _Wall | None


class _Pillars(_Shape):
    year: _Pillar
    month: _Pillar
    day: _Pillar
    hour: _Pillar


class _Term(_Shape):
    code: _Word
    name: _Word
    started_at: _Instant


class _Calendar(_Shape):
    pillars: _Pillars
    void: Annotated[list[_Branch], Field(min_length=2, max_length=2)]
    term: _Term
    next_term: _Term
    near_term_boundary: bool


class _Name(_Shape):
    number: _Number
    name: _Word


class _Hexagram(_Name):
    symbol: Annotated[str, _glyphs("[\u4dc0-\u4dff]")]
    full_name: _Word
    bits: Annotated[str, _glyphs("[01]{6}")]
    upper: _Trigram
    lower: _Trigram
    palace: _Trigram
    palace_element: _ElementCode
    generation: Annotated[Generation, _Loose]
    shi: _Position
    ying: _Position
    six_clash: bool
    six_harmony: bool


class _Seat(_Shape):
    relative: _RelativeCode
    stem: _Stem
    branch: _Branch
    element: _ElementCode


class _Changed(_Seat):
    relation: Annotated[Turn, _Loose]
    advance: bool
    retreat: bool
    clash: bool
    harmony: bool
    void: bool


class _Line(_Seat):
    position: _Position
    label: _Word
    value: _Value
    yang: bool
    moving: bool
    spirit: Annotated[Spirit, _Loose]
    role: _Role | None
    void: bool
    month_phase: Annotated[Phase, _Loose]
    month_break: bool
    day_clash: bool
    day_effect: Annotated[DayEffect, _Loose]
    hidden: _Seat | None
    changed: _Changed | None


class _Pattern(_Shape):
    inner: bool
    outer: bool


class _Patterns(_Shape):
    repeating: _Pattern
    reversing_lines: _Pattern
    reversing_trigrams: _Pattern
    static: bool


class _Focus(_Shape):
    relative: _RelativeCode
    position: _Position | None
    hidden: bool
    candidates: Annotated[list[_Position], Field(max_length=6)]
    rule: _Word


class _Text(_Shape):
    of: Literal["primary", "changed"]
    number: _Number
    part: Annotated[Part, _Loose]
    position: _Position | None
    weight: Literal["main", "secondary"]


class _Texts(_Shape):
    rule: _Word
    items: Annotated[list[_Text], Field(min_length=1, max_length=2)]


class DerivedDocument(_Shape):
    """The shape of `divination_derived`, version 1."""

    version: Annotated[int, Field(ge=1, le=1)]
    engine: _Engine
    cast: _Cast
    calendar: _Calendar
    primary: _Hexagram
    changed: _Hexagram | None
    nuclear: _Name
    opposite: _Name
    reversed: _Name
    lines: Annotated[list[_Line], Field(min_length=6, max_length=6)]
    patterns: _Patterns
    focus: _Focus
    texts: _Texts


def validate_derived(doc: object) -> None:
    """Return if the document is whole and true to itself, else raise DerivedInvalid."""
    derived = check_shape(doc)
    # Another engine had other rules; its charts keep what they said when they were read.
    if derived.engine.version == ENGINE:
        _check_sense(doc, derived)


def check_shape(doc: object) -> DerivedDocument:
    """The document, if every member is there and of its kind, else raise DerivedInvalid."""
    try:
        return DerivedDocument.model_validate(doc)
    except ValidationError as exc:
        places = {"/".join(map(str, error["loc"])) for error in exc.errors(include_url=False)}
        raise DerivedInvalid(f"wrong shape at {', '.join(sorted(places))}") from None


def _check_sense(doc: Any, derived: DerivedDocument) -> None:
    try:
        moment = _moment(derived)
        possible = [document(matter, moment) for matter in _matters(derived)]
    except (ValueError, OverflowError) as exc:
        raise DerivedInvalid(f"no chart can be made: {exc}") from None
    if doc not in possible:
        wrong = sorted(key for key in doc if all(doc[key] != other[key] for other in possible))
        raise DerivedInvalid(f"does not follow from its own lines and clocks: {', '.join(wrong)}")


def _matters(derived: DerivedDocument) -> list[Matter]:
    """Return what the document may have been made from."""
    cast = derived.cast
    # The querent's gender is not in the document, only the focus that it led to.
    told = (None, Gender.MALE, Gender.FEMALE) if cast.category is Category.LOVE else (None,)
    return [Matter(cast.method, cast.category, gender, tuple(cast.lines)) for gender in told]


def _moment(derived: DerivedDocument) -> Moment:
    cast = derived.cast
    at = datetime.fromisoformat(cast.cast_at)
    local = datetime.fromisoformat(cast.local_time)
    solar = datetime.fromisoformat(cast.solar_time) if cast.solar_time else None
    if local != at.replace(microsecond=0):
        raise DerivedInvalid("castAt and localTime are not the same instant")
    return Moment(at, local, cast.timezone, solar, derived.engine.conventions.day_boundary)
