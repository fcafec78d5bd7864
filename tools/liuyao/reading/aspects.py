"""The sides of a cast that a first reading leaves for later questions."""

from collections.abc import Callable, Iterator, Mapping

from tools.liuyao.najia import RELATIVES
from tools.liuyao.reading.branches import step
from tools.liuyao.reading.canon import great_image, quoted, theme
from tools.liuyao.reading.chart import Chart, Line, Passage
from tools.liuyao.reading.focus import Focus, focus_on, own_turn
from tools.liuyao.reading.standing import BETWEEN, condition
from tools.liuyao.reading.voice import Voice

Aspect = Callable[[Voice, Chart, Focus], Iterator[str]]


def _obstacle(voice: Voice, chart: Chart, focus: Focus) -> Iterator[str]:
    # Each relative generates the next and overcomes the one after that.
    yield from _party(voice, chart, focus, before=2, key="obstacle")
    if focus.month_break or focus.phase == "dead":
        yield voice.say("obstacle.month", branch=voice.branch(chart.month))
    if {"overcomes", "breaks"} & set(focus.day_bonds):
        yield voice.say("obstacle.day", branch=voice.branch(chart.day))


def _help(voice: Voice, chart: Chart, focus: Focus) -> Iterator[str]:
    yield from _party(voice, chart, focus, before=1, key="help")
    if focus.flourishing:
        yield voice.say("help.month", branch=voice.branch(chart.month))
    if {"same", "generates", "combines"} & set(focus.day_bonds):
        yield voice.say("help.day", branch=voice.branch(chart.day))


def _party(voice: Voice, chart: Chart, focus: Focus, *, before: int, key: str) -> Iterator[str]:
    """The relative that helps or harms the focus: what it means, and whether it is at work."""
    relative = RELATIVES[(RELATIVES.index(focus.seat.relative) - before) % 5]
    yield voice.say(f"{key}.lead", relative=voice.term(f"relative.{relative}"))
    yield voice.say(f"{key}.is.{relative}")
    lines = [line for line in chart.lines if line.seat.relative == relative]
    stirring = [line for line in lines if line.stirs]
    if not lines:
        yield voice.say(f"{key}.absent")
        return
    state = "stirring" if stirring else "quiet"
    yield voice.say(f"{key}.{state}", lines=_listed(voice, stirring or lines))


def _listed(voice: Voice, lines: list[Line]) -> str:
    return voice.listed([f"{voice.place(x.position)}{_bare(voice, x)}" for x in lines])


def _bare(voice: Voice, line: Line) -> str:
    return voice.say(
        "seat.bare",
        branch=voice.branch(line.seat.branch),
        element=voice.say(f"element.{line.seat.element}"),
    )


def _inside(voice: Voice, chart: Chart, _focus: Focus) -> Iterator[str]:
    number = chart.nuclear
    yield voice.say("inside.lead", name=voice.name(number), theme=theme(voice, number))
    yield quoted(voice, Passage(number, "judgment", None, main=False), full=False)
    yield voice.say("inside.close")


def _outcome(voice: Voice, chart: Chart, _focus: Focus) -> Iterator[str]:
    if chart.changed is None:
        return
    number = chart.changed.number
    yield voice.say("outcome.lead", name=voice.name(number), theme=theme(voice, number))
    yield quoted(voice, Passage(number, "judgment", None, main=False), full=False)
    yield great_image(voice, number)


def _lines(voice: Voice, chart: Chart, _focus: Focus) -> Iterator[str]:
    yield voice.say("lines.lead")
    for line in chart.moving:
        if line.changed:
            old, new = voice.seat(line.seat), voice.seat(line.changed)
            yield voice.say("lines.each", place=voice.place(line.position), old=old, new=new)
            for turn in own_turn(chart, focus_on(chart, line.position))[:1]:
                yield voice.say(f"focus.turn.{turn}")


def _other(voice: Voice, chart: Chart, _focus: Focus) -> Iterator[str]:
    ying, shi = chart.ying, chart.shi
    yield voice.say("standing.ying", place=voice.place(ying.position), seat=voice.seat(ying.seat))
    yield voice.say(f"other.phase.{ying.phase}")
    yield voice.say(f"other.spirit.{ying.spirit}")
    yield from condition(voice, ying, "standing.other")
    yield voice.say(f"standing.between.{BETWEEN[step(shi.seat.element, ying.seat.element)]}")
    yield voice.say("other.close")


def _mirror(voice: Voice, chart: Chart, _focus: Focus) -> Iterator[str]:
    number = chart.opposite
    yield voice.say("mirror.opposite", name=voice.name(number), theme=theme(voice, number))
    if chart.reverse != chart.primary.number:
        number = chart.reverse
        yield voice.say("mirror.reverse", name=voice.name(number), theme=theme(voice, number))
    yield voice.say("mirror.close")


def _all(voice: Voice, _chart: Chart, _focus: Focus) -> Iterator[str]:
    yield voice.say("all.told")


ASPECTS: Mapping[str, Aspect] = {
    "obstacle": _obstacle,
    "help": _help,
    "inside": _inside,
    "outcome": _outcome,
    "lines": _lines,
    "other": _other,
    "mirror": _mirror,
    "all": _all,
}
