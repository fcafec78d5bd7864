"""Reads `forwardedProps.divinationPayload`: a cast, or every reason why it is none."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

from tools.liuyao.cast import Cast, Location, Querent
from tools.liuyao.casting import Coins, Lines, number_cast, time_cast
from tools.liuyao.clocks import zone
from tools.liuyao.faults import Fault, Kind
from tools.liuyao.fields import LocationFields, PayloadFields, QuerentFields, read_fields
from tools.liuyao.limits import first_fault, pointer
from tools.liuyao.vocabulary import Method

EARLIEST = datetime(1901, 1, 1, tzinfo=UTC)
LATEST = datetime(2102, 1, 1, tzinfo=UTC)  # the almanac goes no further
LENIENCE = timedelta(minutes=5)  # for clients whose clock is fast

# Written out for ASCII: \d would take the digits of every script, and `$` a final line feed.
_RFC3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})"
    r"(?:\.([0-9]{1,6}))?(?:([Zz]|-00:00)|([+-])([0-9]{2}):([0-9]{2}))"
)


class CastRefused(Exception):
    """The payload is no cast; `errors` says where and why, by pointers relative to it."""

    def __init__(self, errors: list[Fault]) -> None:
        super().__init__("; ".join(f"{error.pointer or '/'}: {error.sentence}" for error in errors))
        self.errors = errors


class _NoInstant(Exception):
    """The text names no instant that is taken: the sentence for the client, and the kind."""

    def __init__(self, sentence: str, kind: Kind) -> None:
        super().__init__(sentence)
        self.fault = Fault("/castAt", sentence, kind)


def parse_cast(raw: object, *, now: datetime) -> Cast:
    """Return the cast in its normal form, or raise CastRefused and nothing else."""
    if not isinstance(raw, dict):
        raise CastRefused([Fault("", "The payload must be an object.", Kind.WRONG_TYPE)])
    if fault := first_fault(raw):
        raise CastRefused([fault])
    fields = read_fields(raw)
    if isinstance(fields, list):
        raise CastRefused(fields)
    try:
        at = _instant(fields, now)
    except _NoInstant as exc:
        raise CastRefused([exc.fault, *_contradictions(fields, now)]) from None
    if faults := [*_contradictions(fields, now), *_method_faults(fields, at)]:
        raise CastRefused(faults)
    return _cast(fields, at)


def _instant(fields: PayloadFields, now: datetime) -> datetime:
    """Return the moment of the cast in UTC."""
    at, offset = _moment(fields.cast_at)
    if at < EARLIEST:
        raise _NoInstant("Casts from before 1901 cannot be read.", Kind.OUT_OF_RANGE)
    if at > min(now + LENIENCE, LATEST):
        sentence = "This moment has not come yet; check the clock and the offset."
        raise _NoInstant(sentence, Kind.OUT_OF_RANGE)
    actual = at.astimezone(zone(fields.timezone)).utcoffset()
    if offset is not None and offset != actual:
        own = f"that of {fields.timezone} at that instant"
        sentence = f"The offset must be {own}; or send UTC with Z."
        raise _NoInstant(sentence, Kind.CONTRADICTS)
    return at


def _moment(text: str) -> tuple[datetime, timedelta | None]:
    """Return an RFC 3339 instant in UTC, and its offset unless it was given in UTC."""
    found = _RFC3339.fullmatch(text)
    if not found:
        sentence = "Write the moment as RFC 3339 with an offset: 2026-03-14T23:30:00+08:00."
        raise _NoInstant(sentence, Kind.MALFORMED)
    *whole, fraction, utc, sign, hours, minutes = found.groups()
    offset = None if utc else timedelta(hours=int(hours), minutes=int(minutes))
    if offset is not None and (offset >= timedelta(days=1) or minutes > "59"):
        raise _NoInstant("There is no such offset.", Kind.MALFORMED)
    if offset is not None and sign == "-":
        offset = -offset
    year, month, day, hour, minute, second = map(int, whole)
    micros = int((fraction or "0").ljust(6, "0"))
    try:
        own = timezone(offset or timedelta())
        wall = datetime(year, month, day, hour, minute, second, micros, tzinfo=own)
        return wall.astimezone(UTC), offset
    except (ValueError, OverflowError):
        sentence = "There is no such date or time (leap seconds are not taken)."
        raise _NoInstant(sentence, Kind.MALFORMED) from None


def _contradictions(fields: PayloadFields, now: datetime) -> Iterator[Fault]:
    """Find the fields that do not go together, whenever the cast was."""
    yield from _coin_faults(fields)
    if fields.numbers and fields.method is not Method.NUMBER:
        yield _contradiction("/numbers", "Numbers go only with the method number.")
    if fields.true_solar_time and not fields.location:
        yield Fault("/location", "True solar time needs location.longitude.", Kind.MISSING)
    if fields.location and not fields.true_solar_time:
        sentence = "A location is taken only with trueSolarTime; leave it out."
        yield _contradiction("/location", sentence)
    if fields.querent and (fields.querent.birth_year or 0) > now.year:
        yield Fault("/querent/birthYear", "This year has not come yet.", Kind.TOO_LARGE, now.year)


def _coin_faults(fields: PayloadFields) -> Iterator[Fault]:
    if not fields.coins:
        return
    if fields.method not in {Method.COINS, Method.MANUAL}:
        yield _contradiction("/coins", "Coins go only with the methods coins and manual.")
        return
    for i, (row, value) in enumerate(zip(fields.coins, fields.lines, strict=True)):
        if sum(row) != value:
            sentence = f"These coins make {sum(row)}, but the line is {value}."
            yield _contradiction(pointer("coins", i), sentence)


def _method_faults(fields: PayloadFields, at: datetime) -> Iterator[Fault]:
    """Hold the lines against what their method gives for this moment or these numbers."""
    match fields.method:
        case Method.TIME:
            expected = time_cast(at, zone(fields.timezone), fields.day_boundary)
            yield from _difference(fields.lines, expected, "this moment gives")
        case Method.NUMBER if fields.numbers:
            expected = number_cast(*fields.numbers)
            yield from _difference(fields.lines, expected, "these numbers give")
        case Method.NUMBER:
            yield Fault("/numbers", "The method number needs its two numbers.", Kind.MISSING)


def _difference(lines: list[int], expected: Lines, giver: str) -> Iterator[Fault]:
    moving = sum(value in {6, 9} for value in lines)
    if moving != 1:
        yield _contradiction("/lines", f"This method moves exactly one line, not {moving}.")
    elif tuple(lines) != expected:
        sentence = f"From the bottom up {giver} {', '.join(map(str, expected))}."
        yield _contradiction("/lines", sentence)


def _contradiction(where: str, sentence: str) -> Fault:
    return Fault(where, sentence, Kind.CONTRADICTS)


def _cast(fields: PayloadFields, at: datetime) -> Cast:
    return Cast(
        question=fields.question,
        category=fields.category,
        method=fields.method,
        lines=tuple(fields.lines),
        at=at,
        zone=fields.timezone,
        locale=fields.locale,
        day_boundary=fields.day_boundary,
        coins=_coins(fields.coins),
        numbers=(fields.numbers[0], fields.numbers[1]) if fields.numbers else None,
        location=_location(fields.location),
        querent=_querent(fields.querent),
    )


def _coins(rows: list[list[int]] | None) -> tuple[Coins, ...] | None:
    return tuple((a, b, c) for a, b, c in rows) if rows else None


def _location(told: LocationFields | None) -> Location | None:
    return Location(told.longitude, told.latitude) if told else None


def _querent(told: QuerentFields | None) -> Querent | None:
    if told is None or (told.gender is None and told.birth_year is None):
        return None
    return Querent(told.gender, told.birth_year)
