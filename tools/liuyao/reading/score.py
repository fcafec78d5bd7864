"""How the focus stands in one number: a heuristic of ours, told to the reader as such."""

from collections.abc import Iterator
from dataclasses import dataclass

from tools.liuyao.reading.chart import Chart, Line
from tools.liuyao.reading.focus import Focus, banes, own_turn, sources

_MONTH = {"prosperous": 3, "strong": 2, "resting": -1, "trapped": -2, "dead": -3}
_DAY = {"same": 3, "generates": 2, "combines": 1, "overcomes": -2, "stirs": 1, "breaks": -3}
_TURN = {"generatesBack": 2, "overcomesBack": -3, "advance": 1, "retreat": -1}
_LOSSES = ("tomb", "end", "void")
_GRADES = ((4, "favourable"), (1, "leaning"), (-1, "mixed"), (-4, "doubtful"))


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for or against, named by its key in the phrases."""

    key: str
    weight: int
    line: Line | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The sum, its grade, and everything that went into it, the weightiest first."""

    total: int
    grade: str
    reasons: tuple[Reason, ...]

    @property
    def direction(self) -> str:
        """The grade in three steps, for what hangs on the broad tendency only."""
        return "for" if self.total >= 1 else "even" if self.total >= -1 else "against"


def judge(chart: Chart, focus: Focus) -> Verdict:
    """The verdict on a focus."""
    reasons = sorted(_reasons(chart, focus), key=lambda reason: -abs(reason.weight))
    total = sum(reason.weight for reason in reasons)
    return Verdict(total, _grade(total), tuple(reasons))


def _grade(total: int) -> str:
    return next((name for least, name in _GRADES if total >= least), "adverse")


def _reasons(chart: Chart, focus: Focus) -> Iterator[Reason]:
    yield Reason(f"month.{focus.phase}", _MONTH[focus.phase])
    if focus.month_break:
        yield Reason("month.break", -3)
    for bond in focus.day_bonds:
        yield Reason(f"day.{bond}", _DAY.get(bond, 0))
    if focus.void:
        yield Reason("void", -1 if focus.moving or focus.phase == "prosperous" else -2)
    if focus.hidden:
        yield Reason("hidden", -2)
    yield from _company(chart, focus)
    yield from _change(chart, focus)


def _company(chart: Chart, focus: Focus) -> Iterator[Reason]:
    helping, harming = sources(chart, focus), banes(chart, focus)
    for line in helping:
        yield Reason("source", 1 if line.impaired else 2, line)
    for line in harming:
        yield Reason("bane", -1 if line.impaired else -2, line)
    if not helping and not harming:
        yield Reason("alone", 0)


def _change(chart: Chart, focus: Focus) -> Iterator[Reason]:
    turns = own_turn(chart, focus)
    for turn in turns:
        if turn in _TURN:
            yield Reason(f"turn.{turn}", _TURN[turn])
    # Tomb, end and void are one loss: the line ends up where it can do nothing.
    loss = next((turn for turn in _LOSSES if turn in turns), None)
    if loss:
        yield Reason(f"turn.{loss}", -1)
