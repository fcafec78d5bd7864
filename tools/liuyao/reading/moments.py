"""The sixth part: when it may show, in dates."""

from collections.abc import Iterator
from datetime import date

from tools.liuyao.reading.branches import clash_of, partner_of
from tools.liuyao.reading.chart import Chart
from tools.liuyao.reading.focus import Focus
from tools.liuyao.reading.timing import Window, month_of, windows
from tools.liuyao.reading.voice import Voice


def moments(voice: Voice, chart: Chart, focus: Focus) -> Iterator[str]:
    """How soon, on which days, and the month to look at if it is a long matter."""
    yield voice.say(f"timing.pace.{_pace(chart, focus)}")
    first, *others = windows(chart, focus)
    yield _window(voice, chart, focus, first)
    if first.second and not voice.terse:
        yield _again(voice, chart, first, first.second)
    for window in [] if voice.terse else others:
        yield _window(voice, chart, focus, window)
    branch = partner_of(focus.seat.branch) if focus.moving else focus.seat.branch
    yield voice.say(
        "timing.month.now" if branch == chart.month else "timing.month",
        branch=voice.branch(branch),
        date=voice.date(month_of(chart, branch), since=chart.today),
    )
    yield voice.say("timing.caution")


def _pace(chart: Chart, focus: Focus) -> str:
    if focus.moving or "stirs" in focus.day_bonds:
        return "quick"
    return "still" if not chart.moving else "others"


def _window(voice: Voice, chart: Chart, focus: Focus, window: Window) -> str:
    return voice.say(
        f"timing.{window.key}",
        branch=voice.branch(window.branch),
        own=voice.branch(focus.seat.branch),
        first=voice.date(window.first, since=chart.today),
    )


def _again(voice: Voice, chart: Chart, window: Window, day: date) -> str:
    """The second date of a window: a void line may be struck awake early, others come round."""
    void = window.key == "void"
    return voice.say(
        "timing.void.clash" if void else "timing.again",
        branch=voice.branch(clash_of(window.branch)) if void else "",
        date=voice.date(day, since=chart.today),
    )
