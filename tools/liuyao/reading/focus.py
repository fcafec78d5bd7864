"""The line that stands for what is asked, visible or hidden, and what touches it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.liuyao.reading.branches import (
    clash_of,
    element_of,
    end_of,
    partner_of,
    phase_of,
    step,
    tomb_of,
)
from tools.liuyao.reading.chart import STRONG_PHASES, Chart, Line, Seat

_SELF = frozenset({"health", "travel", "general", "lawsuit"})
_TURN_STEPS = ("same", "drains", "checks", "overcomesBack", "generatesBack")
_MILD = frozenset({"drains", "checks"})  # not worth a word beside a loss
_DAY_STEPS = ("kin", "drains", "spends", "overcomes", "generates")


@dataclass(frozen=True, slots=True)
class Focus:
    """What is asked about: a line of the chart, or one hidden under a line."""

    seat: Seat
    line: Line
    hidden: bool
    candidates: tuple[int, ...]  # the places that show the relative
    basis: str  # "shi" or "ying" where the place decides, "" where the relative does
    void: bool
    phase: str
    month_break: bool
    day_bonds: tuple[str, ...]

    @property
    def moving(self) -> bool:
        """A hidden line never moves, even under a moving one."""
        return self.line.moving and not self.hidden

    @property
    def flourishing(self) -> bool:
        """Whether the month carries it."""
        return self.phase in STRONG_PHASES


def focus_on(
    chart: Chart,
    position: int,
    *,
    hidden: bool = False,
    basis: str = "",
    candidates: tuple[int, ...] = (),
) -> Focus:
    """The focus at a position of the chart."""
    line = chart.lines[position - 1]
    seat = line.hidden if hidden and line.hidden else line.seat
    under = seat is line.hidden
    return Focus(
        seat=seat,
        line=line,
        hidden=under,
        candidates=candidates,
        basis=basis,
        void=seat.branch in chart.empty,
        phase=phase_of(seat.element, chart.month),
        month_break=clash_of(seat.branch) == chart.month,
        day_bonds=_day_bonds(chart, seat, moving=line.moving and not under),
    )


def focus_of(chart: Chart, named: Mapping[str, Any]) -> Focus:
    """The focus that a document names, in the shape its `focus` has."""
    _, category, *detail = str(named["rule"]).split(":")
    basis = "shi" if category in _SELF else "ying" if detail == ["ying"] else ""
    return focus_on(
        chart,
        named["position"],
        hidden=named["hidden"],
        basis=basis,
        candidates=tuple(named["candidates"]),
    )


def _day_bonds(chart: Chart, seat: Seat, *, moving: bool) -> tuple[str, ...]:
    """Everything the day does to a branch; a clash within one element is only a clash."""
    if seat.branch == chart.day:
        return ("same",)
    clashed = clash_of(seat.branch) == chart.day
    bonds = []
    if clashed:
        strong = phase_of(seat.element, chart.month) in STRONG_PHASES
        bonds.append("scatters" if moving else "stirs" if strong else "breaks")
    if partner_of(seat.branch) == chart.day:
        bonds.append("combines")
    relation = _DAY_STEPS[step(seat.element, element_of(chart.day))]
    if not (clashed and relation == "kin"):
        bonds.append(relation)
    return tuple(bonds)


def sources(chart: Chart, focus: Focus) -> tuple[Line, ...]:
    """The stirring lines that generate the focus."""
    return _acting(chart, focus, relation=1)


def banes(chart: Chart, focus: Focus) -> tuple[Line, ...]:
    """The stirring lines that overcome the focus."""
    return _acting(chart, focus, relation=2)


def _acting(chart: Chart, focus: Focus, *, relation: int) -> tuple[Line, ...]:
    return tuple(
        line
        for line in chart.lines
        if line.stirs and step(line.seat.element, focus.seat.element) == relation
    )


def own_turn(chart: Chart, focus: Focus) -> tuple[str, ...]:
    """What a moving focus does to itself by what it becomes, the weightiest first."""
    turned = focus.line.changed
    if not focus.moving or turned is None:
        return ()
    seat = focus.seat
    relation = _TURN_STEPS[step(seat.element, turned.element)]
    losses = list(_losses(chart, seat, turned, relation))
    turns = [] if relation == "same" or (losses and relation in _MILD) else [relation]
    turns += ["advance"] * focus.line.advance + ["retreat"] * focus.line.retreat
    turns += losses
    turns += ["combine"] * (partner_of(seat.branch) == turned.branch)
    turns += ["clash"] * (clash_of(seat.branch) == turned.branch)
    turns += ["broken"] * (clash_of(turned.branch) == chart.month)
    return tuple(turns)


def _losses(chart: Chart, seat: Seat, turned: Seat, relation: str) -> Iterator[str]:
    """The ways in which a line ends up where it can do nothing.

    Tomb and end are not told of a line that its change generates or that stays in its element:
    there the school holds the closer relation to be the stronger one.
    """
    if relation not in {"same", "generatesBack"}:
        if tomb_of(seat.element) == turned.branch:
            yield "tomb"
        if end_of(seat.element) == turned.branch:
            yield "end"
    if turned.branch in chart.empty:
        yield "void"
