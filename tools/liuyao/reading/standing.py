"""The third part: where the querent stands, and who stands opposite."""

from collections.abc import Iterator

from tools.liuyao.reading.branches import clash_of, partner_of, step
from tools.liuyao.reading.chart import Chart, Line
from tools.liuyao.reading.focus import Focus, focus_on, own_turn
from tools.liuyao.reading.voice import Voice

BETWEEN = ("same", "gives", "presses", "pressed", "receives")
_TELLING = frozenset({"same", "generates", "overcomes", "combines"})


def standing(voice: Voice, chart: Chart, focus: Focus) -> Iterator[str]:
    """The self line, the other line, and what passes between them."""
    shi, ying = chart.shi, chart.ying
    yield voice.say("standing.shi", place=voice.place(shi.position), seat=voice.seat(shi.seat))
    yield voice.say(f"standing.self.{shi.seat.relative}")
    if not voice.terse:
        yield voice.say(f"standing.spirit.{shi.spirit}")
    yield voice.say(f"standing.phase.{shi.phase}")
    yield from condition(voice, shi, "standing")
    # Where the self line is the focus, its day and its change belong to the next part.
    if not voice.terse and (focus.hidden or focus.line is not shi):
        yield from _company(voice, chart, focus_on(chart, shi.position))
    yield voice.say("standing.ying", place=voice.place(ying.position), seat=voice.seat(ying.seat))
    yield from condition(voice, ying, "standing.other")
    yield voice.say(f"standing.between.{BETWEEN[step(shi.seat.element, ying.seat.element)]}")
    yield from _meeting(voice, shi, ying)


def condition(voice: Voice, line: Line, key: str) -> Iterator[str]:
    """What has befallen a line, as far as there is a phrase for it."""
    if line.void:
        yield voice.say(f"{key}.void")
    if line.month_break:
        yield voice.say(f"{key}.break")
    if line.moving:
        yield voice.say(f"{key}.moving")
    elif line.day_effect != "none":
        yield voice.say(f"{key}.{line.day_effect}")


def _company(voice: Voice, chart: Chart, own: Focus) -> Iterator[str]:
    """What the day and its own change do to the self line, where it is worth a sentence."""
    for bond in own.day_bonds:
        if bond in _TELLING:
            yield voice.say(f"focus.day.{bond}", branch=voice.branch(chart.day))
    if own.moving and own.line.changed:
        yield voice.say("standing.turns", seat=voice.seat(own.line.changed))
        for turn in own_turn(chart, own)[:1]:
            yield voice.say(f"focus.turn.{turn}")


def _meeting(voice: Voice, shi: Line, ying: Line) -> Iterator[str]:
    if clash_of(shi.seat.branch) == ying.seat.branch:
        yield voice.say("standing.clash")
    if partner_of(shi.seat.branch) == ying.seat.branch:
        yield voice.say("standing.harmony")
