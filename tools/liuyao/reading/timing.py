"""When it may show: the days, with their dates, on which the focus comes to act."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tools.liuyao.almanac import TERM_STARTS, term_index
from tools.liuyao.cycle import BRANCHES, STEMS
from tools.liuyao.reading.branches import clash_of, partner_of, tomb_of
from tools.liuyao.reading.chart import Chart
from tools.liuyao.reading.focus import Focus, own_turn

MOST_WINDOWS = 2


@dataclass(frozen=True, slots=True)
class Window:
    """A reason to expect something, the branch that brings it, and its first two dates."""

    key: str
    branch: str
    first: date
    second: date | None = None


def windows(chart: Chart, focus: Focus) -> tuple[Window, ...]:
    """The windows of a focus, the one that must come first in front."""
    found = [*_obstacles(chart, focus), *_openings(chart, focus)]
    return tuple(found[:MOST_WINDOWS])


def day_of(chart: Chart, branch: str, *, after: date | None = None) -> date:
    """The next day that bears a branch, after the cast or after a given date."""
    start = after or chart.today
    ahead = (BRANCHES.index(branch) - (start.toordinal() + 14)) % 12
    return start + timedelta(days=ahead or 12)


def void_ends(chart: Chart) -> date:
    """The first day of the next decade of days: what was void is void no longer."""
    return chart.today + timedelta(days=10 - STEMS.index(chart.pillars["day"][0]))


def month_ends(chart: Chart) -> date:
    """The local date on which the month of the cast gives way to the next."""
    return _month_start(chart, 1)


def month_of(chart: Chart, branch: str) -> date:
    """The local date on which the next month of a branch begins."""
    ahead = (BRANCHES.index(branch) - BRANCHES.index(chart.month)) % 12
    return _month_start(chart, ahead or 12)


def _month_start(chart: Chart, ahead: int) -> date:
    # Months begin with every second term, and the almanac opens with such a one.
    month = term_index(int(chart.local.timestamp())) // 2
    start = TERM_STARTS[min((month + ahead) * 2, len(TERM_STARTS) - 2)]
    return datetime.fromtimestamp(start, tz=chart.local.tzinfo).date()


def _obstacles(chart: Chart, focus: Focus) -> list[Window]:
    """What has to pass first: void, a break by the month, a cover, a tomb."""
    branch = focus.seat.branch
    found = []
    if focus.void:
        filled = day_of(chart, branch, after=void_ends(chart) - timedelta(days=1))
        found.append(Window("void", branch, filled, _within_void(chart, clash_of(branch))))
    if focus.month_break:
        found.append(Window("break", branch, month_ends(chart)))
    if focus.hidden and not focus.void:
        found.append(_twice(chart, focus, "hidden", branch))
    if "tomb" in own_turn(chart, focus):
        found.append(_twice(chart, focus, "tomb", clash_of(tomb_of(focus.seat.element))))
    return found


def _within_void(chart: Chart, branch: str) -> date | None:
    """A clash wakes a void line only while it is void."""
    day = day_of(chart, branch)
    return day if day < void_ends(chart) else None


def _openings(chart: Chart, focus: Focus) -> list[Window]:
    """A mover waits to be met, a bound one to be freed, a still one to be roused."""
    branch = focus.seat.branch
    if focus.hidden:
        return [_twice(chart, focus, "uncovered", clash_of(focus.line.seat.branch))]
    if focus.moving and "combines" in focus.day_bonds:
        return [_twice(chart, focus, "freed", clash_of(branch))]
    if focus.moving or "stirs" in focus.day_bonds:
        return [
            _twice(chart, focus, "met", partner_of(branch)),
            _twice(chart, focus, "return", branch),
        ]
    if focus.void:
        return []  # its own day and the clash of it have been told with the void
    if "breaks" in focus.day_bonds:
        return [_twice(chart, focus, "mended", partner_of(branch))]
    return [_twice(chart, focus, "own", branch), _twice(chart, focus, "roused", clash_of(branch))]


def _twice(chart: Chart, focus: Focus, key: str, branch: str) -> Window:
    first = day_of(chart, branch, after=_held_until(chart, focus))
    return Window(key, branch, first, first + timedelta(days=12))


def _held_until(chart: Chart, focus: Focus) -> date:
    """The last day that cannot count yet: of the void, of the month that breaks the focus."""
    last = [chart.today]
    if focus.void:
        last.append(void_ends(chart) - timedelta(days=1))
    if focus.month_break:
        last.append(month_ends(chart) - timedelta(days=1))
    return max(last)
