"""The fifth part: the tendency in five grades, with its reasons and the shape of the cast."""

from collections.abc import Iterator

from tools.liuyao.reading.chart import Chart, Line
from tools.liuyao.reading.focus import Focus
from tools.liuyao.reading.score import Reason, Verdict
from tools.liuyao.reading.voice import Voice


def tendency(
    voice: Voice, chart: Chart, focus: Focus, verdict: Verdict, category: str | None
) -> Iterator[str]:
    """The grade, what it means here, its weightiest reasons, what it is worth, the shape.

    Without a category there is no saying what it means.
    """
    yield voice.say(f"grade.{verdict.grade}")
    if category:
        yield voice.say(f"answer.{category}.{verdict.direction}")
    yield reasons(voice, focus, verdict)
    yield voice.say("grade.heuristic", total=signed(voice, verdict.total))
    if not voice.terse:
        yield from shape(voice, chart)


def reasons(voice: Voice, focus: Focus, verdict: Verdict) -> str:
    """The three weightiest reasons, each with its weight."""
    first, second, third = (_reason(voice, focus, row) for row in verdict.reasons[:3])
    return voice.say("grade.reasons", first=first, second=second, third=third)


def _reason(voice: Voice, focus: Focus, reason: Reason) -> str:
    said = voice.say(
        f"reason.{reason.key}",
        branch=voice.branch(focus.seat.branch),
        line=_line(voice, reason.line),
    )
    return voice.say("reason", text=said, weight=signed(voice, reason.weight))


def _line(voice: Voice, line: Line | None) -> str:
    return voice.place(line.position) if line else ""


def signed(voice: Voice, number: int) -> str:
    """A number with its sign, as the language puts it."""
    return voice.say(
        "sign.plus" if number > 0 else "sign.minus" if number < 0 else "sign.zero",
        number=abs(number),
    )


def shape(voice: Voice, chart: Chart) -> Iterator[str]:
    """The most telling of the patterns that colour a whole cast, if there is one."""
    for name in _shapes(chart):
        yield voice.say(f"shape.{name}")
        return


def _shapes(chart: Chart) -> Iterator[str]:
    for key, name in (
        ("reversingTrigrams", "reversingTrigrams"),
        ("reversingLines", "reversingLines"),
        ("repeating", "repeating"),
    ):
        if any(chart.patterns[key].values()):
            yield name
    before, after = chart.primary, chart.changed
    if before.six_clash or before.six_harmony:
        yield _meeting(chart)
    elif after and (after.six_clash or after.six_harmony):
        yield "toClash" if after.six_clash else "toHarmony"
    if before.generation in {"wandering", "returning"}:
        yield str(before.generation)


def _meeting(chart: Chart) -> str:
    """Clash or harmony of the six lines, and whether the change keeps it or turns it round."""
    before, after = chart.primary, chart.changed
    if after and before.six_clash and after.six_harmony:
        return "clashToHarmony"
    if after and before.six_harmony and after.six_clash:
        return "harmonyToClash"
    return "sixClash" if before.six_clash else "sixHarmony"
