"""What to ask next: questions that a chart raises, in words which the follow-up understands."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.liuyao.reading.chart import Chart
from tools.liuyao.reading.focus import focus_of
from tools.liuyao.reading.score import judge
from tools.liuyao.reading.topics import aspect_in
from tools.liuyao.reading.voice import Voice

# Matters in which somebody stands across.
_ACROSS = frozenset({"love", "social", "lawsuit"})


def suggestions(
    derived: Mapping[str, Any], *, asked: Sequence[str], category: str, locale: str
) -> list[str]:
    """The most telling first; none about a side that one of the `asked` texts was about."""
    chart = Chart.read(derived)
    voice = Voice(locale, chart.seed)
    told = {aspect_in(text) for text in asked}
    return [_question(voice, chart, side) for side in sides(chart, category) if side not in told]


def sides(chart: Chart, category: str) -> list[str]:
    """The sides of the matter that are worth a question, each once."""
    return list(dict.fromkeys(_sides(chart, category)))


def _sides(chart: Chart, category: str) -> Iterator[str]:
    against = judge(chart, focus_of(chart, chart.focus)).direction == "against"
    yield "obstacle" if against else "when"
    if category in _ACROSS:
        yield "other"
    if chart.changed is not None:
        yield "lines"
    yield from ("doing", "obstacle", "help", "when")
    if chart.changed is not None:
        yield "outcome"
    yield "inside"


def _question(voice: Voice, chart: Chart, side: str) -> str:
    if side == "lines" and len(chart.moving) == 1:
        return voice.say("next.line", place=voice.place(chart.moving[0].position))
    return voice.say(f"next.{side}")
