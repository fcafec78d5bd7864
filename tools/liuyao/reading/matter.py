"""The fourth part: the line that stands for the matter, and what helps or harms it."""

from collections.abc import Iterator

from tools.liuyao.reading.branches import step
from tools.liuyao.reading.chart import Chart, Line
from tools.liuyao.reading.focus import Focus, banes, focus_on, own_turn, sources
from tools.liuyao.reading.score import judge
from tools.liuyao.reading.voice import Voice

# Besides the focus, the relatives a question of this kind turns on.
_COMPANIONS = {
    "career": ("parents", "children"),
    "wealth": ("children", "siblings"),
    "study": ("officials",),
    "health": ("officials", "children"),
    "children": ("parents",),
    "family": ("wealth",),
    "travel": ("officials",),
    "lost": ("officials",),
    "lawsuit": ("officials",),
    "property": ("wealth",),
    "social": ("officials",),
}
_BEARINGS = ("same", "gives", "presses", "pressed", "receives")
# What the line on top does to the one it hides; never of one element, or it would not be hidden.
_COVERING = ("", "feeds", "crushes", "breaksOut", "drains")


def matter(voice: Voice, chart: Chart, focus: Focus, category: str) -> Iterator[str]:
    """Which line it is and why, its strength, its company, its change, its setting."""
    yield _why(voice, focus, category)
    yield from unnamed(voice, chart, focus)
    yield from setting(voice, chart, focus, category)


def unnamed(voice: Voice, chart: Chart, focus: Focus) -> Iterator[str]:
    """As much of the matter as the chart tells by itself, whatever was asked."""
    yield from _seated(voice, focus)
    if len(focus.candidates) > 1 and not voice.terse:
        places = [voice.place(position) for position in focus.candidates]
        yield voice.say("focus.chosen", places=voice.listed(places))
    yield from strength(voice, chart, focus)
    yield from _company(voice, chart, focus)
    yield from turned(voice, chart, focus)
    if not voice.terse:
        yield from _bearing(voice, chart, focus)


def _why(voice: Voice, focus: Focus, category: str) -> str:
    own = f"why.{category}.{focus.seat.relative}"
    return voice.say(own if not focus.basis and voice.knows(own) else f"why.{category}")


def _seated(voice: Voice, focus: Focus) -> Iterator[str]:
    place = voice.place(focus.line.position)
    if not focus.hidden:
        key = "self" if focus.basis else focus.line.role or "plain"
        yield voice.say(f"focus.at.{key}", place=place, seat=voice.seat(focus.seat))
        return
    yield voice.say(
        "focus.hidden",
        place=place,
        cover=voice.seat(focus.line.seat),
        seat=voice.seat(focus.seat),
    )
    covering = _COVERING[step(focus.line.seat.element, focus.seat.element)]
    yield voice.say(f"focus.cover.{covering}")


def strength(voice: Voice, chart: Chart, focus: Focus) -> Iterator[str]:
    """What month and day make of it."""
    yield voice.say(f"focus.month.{focus.phase}", branch=voice.branch(chart.month))
    if focus.month_break:
        yield voice.say("focus.break", branch=voice.branch(chart.month))
    for bond in focus.day_bonds:
        yield voice.say(f"focus.day.{bond}", branch=voice.branch(chart.day))
    if focus.void:
        yield voice.say("focus.void", branch=voice.branch(focus.seat.branch))


def _company(voice: Voice, chart: Chart, focus: Focus) -> Iterator[str]:
    helping, harming = sources(chart, focus), banes(chart, focus)
    for key, lines in (("source", helping), ("bane", harming)):
        if lines:
            named = voice.listed([_named(voice, line) for line in lines])
            yield voice.say(f"focus.{key}", lines=named)
    if helping and harming:
        yield voice.say("focus.chain")
    if not helping and not harming:
        yield voice.say("focus.alone")


def _named(voice: Voice, line: Line) -> str:
    return voice.say("line.named", place=voice.place(line.position), seat=voice.seat(line.seat))


def turned(voice: Voice, chart: Chart, focus: Focus) -> Iterator[str]:
    changed = focus.line.changed
    if not focus.moving or changed is None:
        return
    yield voice.say("focus.turns", seat=voice.seat(changed))
    for turn in own_turn(chart, focus)[: 1 if voice.terse else 2]:
        yield voice.say(f"focus.turn.{turn}")


def _bearing(voice: Voice, chart: Chart, focus: Focus) -> Iterator[str]:
    """What the focus does to the querent; between self and other line it has been told."""
    if focus.hidden or not focus.line.role:
        bearing = _BEARINGS[step(focus.seat.element, chart.shi.seat.element)]
        yield voice.say(f"focus.bearing.{bearing}")


def setting(voice: Voice, chart: Chart, focus: Focus, category: str) -> Iterator[str]:
    """What else a question of this kind looks at."""
    for relative in _COMPANIONS.get(category, ())[: 1 if voice.terse else 2]:
        if relative != focus.seat.relative:
            yield _companion(voice, chart, category, relative)
    if category == "lost":
        side = "inner" if focus.line.position <= 3 else "outer"
        yield voice.say(f"lost.{side}")
        yield voice.say(
            f"lost.element.{focus.seat.element}", way=voice.say(f"way.{focus.seat.branch}")
        )
    if category == "lawsuit":
        yield _contest(voice, chart)


def _companion(voice: Voice, chart: Chart, category: str, relative: str) -> str:
    lines = [line for line in chart.lines if line.seat.relative == relative]
    key = f"companion.{category}.{relative}"
    if not lines:
        return voice.say(f"{key}.absent", relative=voice.term(f"relative.{relative}"))
    line = max(lines, key=lambda line: (line.stirs, _able(chart, line), -line.position))
    state = "able" if _able(chart, line) else "weak"
    return voice.say(f"{key}.{state}", line=_named(voice, line))


def _able(chart: Chart, line: Line) -> bool:
    """Whether a line can carry what it stands for: by the month, or by all that judges a focus."""
    if line.impaired:
        return False
    own = focus_on(chart, line.position)
    return own.flourishing or judge(chart, own).total > 0


def _contest(voice: Voice, chart: Chart) -> str:
    ours = judge(chart, focus_on(chart, chart.shi.position)).total
    theirs = judge(chart, focus_on(chart, chart.ying.position)).total
    outcome = "ahead" if ours > theirs else "behind" if ours < theirs else "level"
    return voice.say(f"lawsuit.{outcome}", ours=ours, theirs=theirs)
