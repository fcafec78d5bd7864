"""A typed view of the `divination_derived` document, as far as a reading looks into it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tools.liuyao.cycle import PILLARS

STRONG_PHASES = frozenset({"prosperous", "strong"})


@dataclass(frozen=True, slots=True)
class Figure:
    """One hexagram: the primary, the changed, or one derived from them."""

    number: int
    name: str
    generation: str | None
    six_clash: bool
    six_harmony: bool


@dataclass(frozen=True, slots=True)
class Seat:
    """A branch with the relative it stands for: a line's own, a hidden or a changed one."""

    branch: str
    element: str
    relative: str


@dataclass(frozen=True, slots=True)
class Line:
    """One of the six lines with all that the chart says of it."""

    position: int
    label: str
    moving: bool
    seat: Seat
    spirit: str
    role: str | None
    void: bool
    phase: str
    month_break: bool
    day_clash: bool
    day_effect: str
    hidden: Seat | None
    changed: Seat | None
    advance: bool
    retreat: bool

    @property
    def stirs(self) -> bool:
        """Whether the line acts on others: it moves, or the day's clash sets it going."""
        return self.moving or self.day_effect == "hiddenMove"

    @property
    def impaired(self) -> bool:
        """Whether what it does counts for half."""
        return self.void or self.month_break or self.day_effect == "dayBreak"


@dataclass(frozen=True, slots=True)
class Passage:
    """A place in the classical text that speaks for this cast."""

    number: int
    part: str
    position: int | None
    main: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """The whole cast."""

    method: str
    local: datetime
    day_boundary: str
    pillars: Mapping[str, str]
    empty: tuple[str, ...]
    term: str
    near_term: bool
    primary: Figure
    changed: Figure | None
    nuclear: int
    opposite: int
    reverse: int
    lines: tuple[Line, ...]
    patterns: Mapping[str, Any]
    focus: Mapping[str, Any]
    text_rule: str
    passages: tuple[Passage, ...]

    @classmethod
    def read(cls, derived: Mapping[str, Any]) -> "Chart":
        """The view of one document; a document that breaks its schema raises."""
        cast, calendar = derived["cast"], derived["calendar"]
        changed = derived["changed"]
        return cls(
            method=cast["method"],
            local=datetime.fromisoformat(cast["localTime"]),
            day_boundary=derived["engine"]["conventions"]["dayBoundary"],
            pillars=calendar["pillars"],
            empty=tuple(calendar["void"]),
            term=calendar["term"]["code"],
            near_term=calendar["nearTermBoundary"],
            primary=_figure(derived["primary"]),
            changed=_figure(changed) if changed else None,
            nuclear=derived["nuclear"]["number"],
            opposite=derived["opposite"]["number"],
            reverse=derived["reversed"]["number"],
            lines=tuple(_line(row) for row in derived["lines"]),
            patterns=derived["patterns"],
            focus=derived["focus"],
            text_rule=derived["texts"]["rule"],
            passages=tuple(_passage(item) for item in derived["texts"]["items"]),
        )

    @property
    def month(self) -> str:
        """The branch that rules the month."""
        return self.pillars["month"][1]

    @property
    def day(self) -> str:
        """The branch that rules the day."""
        return self.pillars["day"][1]

    @property
    def moving(self) -> tuple[Line, ...]:
        """The lines that move, lowest first."""
        return tuple(line for line in self.lines if line.moving)

    @property
    def shi(self) -> Line:
        """The line of the querent."""
        return next(line for line in self.lines if line.role == "shi")

    @property
    def ying(self) -> Line:
        """The line of the other side."""
        return next(line for line in self.lines if line.role == "ying")

    @property
    def seed(self) -> int:
        """Picks between wordings of the same thing, so that two casts do not sound alike."""
        spread = sum(
            line.position * (1 + line.moving) * ord(line.seat.branch) for line in self.lines
        )
        return spread + self.today.toordinal()

    @property
    def today(self) -> date:
        """The civil date whose pillar the cast bears: not always the one on the wall clock.

        After 23:00 it may be tomorrow's, and by the sun's clock yesterday's.
        """
        civil = self.local.date()
        near = (civil + timedelta(days=shift) for shift in (0, 1, -1))
        return next(day for day in near if pillar_of(day) == self.pillars["day"])


def pillar_of(day: date) -> str:
    """Stem and branch of a civil date."""
    return PILLARS[(day.toordinal() + 14) % 60]


def _figure(row: Mapping[str, Any]) -> Figure:
    return Figure(row["number"], row["name"], row["generation"], row["sixClash"], row["sixHarmony"])


def _seat(row: Mapping[str, Any] | None) -> Seat | None:
    return Seat(row["branch"], row["element"], row["relative"]) if row else None


def _line(row: Mapping[str, Any]) -> Line:
    turned = row["changed"]
    return Line(
        position=row["position"],
        label=row["label"],
        moving=row["moving"],
        seat=Seat(row["branch"], row["element"], row["relative"]),
        spirit=row["spirit"],
        role=row["role"],
        void=row["void"],
        phase=row["monthPhase"],
        month_break=row["monthBreak"],
        day_clash=row["dayClash"],
        day_effect=row["dayEffect"],
        hidden=_seat(row["hidden"]),
        changed=_seat(turned),
        advance=bool(turned and turned["advance"]),
        retreat=bool(turned and turned["retreat"]),
    )


def _passage(item: Mapping[str, Any]) -> Passage:
    return Passage(item["number"], item["part"], item.get("position"), item["weight"] == "main")
