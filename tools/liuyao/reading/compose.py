"""A whole reading from a chart: eight parts, every fact from the chart or the classical text."""

from collections.abc import Iterable, Mapping
from typing import Any

from tools.liuyao.reading.canon import canon, chief_passage, great_image
from tools.liuyao.reading.chart import Chart
from tools.liuyao.reading.focus import Focus, focus_of, focus_on
from tools.liuyao.reading.matter import matter, unnamed
from tools.liuyao.reading.moments import moments
from tools.liuyao.reading.opening import fallen, opening
from tools.liuyao.reading.score import Verdict, judge
from tools.liuyao.reading.sections import Reading, Section
from tools.liuyao.reading.standing import standing
from tools.liuyao.reading.tendency import tendency
from tools.liuyao.reading.voice import Voice

# Where much moves, a full reading would grow past what anyone reads to the end.
LONGEST = {"zh-Hans": 1500, "zh-Hant": 1500, "en": 6500}


def compose(
    derived: Mapping[str, Any],
    *,
    question: str,
    category: str,
    locale: str,
    querent: Mapping[str, Any] | None = None,  # noqa: ARG001
) -> Reading:
    """The reading of a `divination_derived` document; the same arguments give the same bytes.

    The querent is taken for the sake of callers that pass what they stored: the chart's focus has
    already been chosen with them in mind.
    """
    chart = Chart.read(derived)
    reading = _composed(chart, Voice(locale, chart.seed), question, category)
    if len(reading.text()) > LONGEST[locale]:
        reading = _composed(chart, Voice(locale, chart.seed, terse=True), question, category)
    return reading


def compose_unasked(derived: Mapping[str, Any], *, locale: str) -> Reading:
    """The reading for those who are not to learn what was asked, nor in which field of life."""
    chart = Chart.read(derived)
    # The rule by which the focus was chosen names both, and is not looked at.
    reading = _unasked(chart, Voice(locale, chart.seed))
    if len(reading.text()) > LONGEST[locale]:
        reading = _unasked(chart, Voice(locale, chart.seed, terse=True))
    return reading


def _unasked(chart: Chart, voice: Voice) -> Reading:
    named = chart.focus
    focus = focus_on(
        chart,
        named["position"],
        hidden=named["hidden"],
        candidates=tuple(named["candidates"]),
    )
    verdict = judge(chart, focus)
    return Reading(
        (
            section(voice, "asked", fallen(voice, chart), "fallen"),
            section(voice, "canon", canon(voice, chart)),
            section(voice, "standing", standing(voice, chart, focus)),
            section(voice, "focus", _unexplained(voice, chart, focus)),
            section(voice, "tendency", tendency(voice, chart, focus, verdict, None)),
            section(voice, "timing", moments(voice, chart, focus)),
            section(voice, "counsel", counsel(voice, chart, "general", verdict)),
            section(voice, "limits", limits(voice, "general")),
        )
    )


def _unexplained(voice: Voice, chart: Chart, focus: Focus) -> Iterable[str]:
    """The focus without why it is the focus."""
    yield voice.say("why.unasked", relative=voice.term(f"relative.{focus.seat.relative}"))
    yield from unnamed(voice, chart, focus)


def _composed(chart: Chart, voice: Voice, question: str, category: str) -> Reading:
    focus = focus_of(chart, chart.focus)
    verdict = judge(chart, focus)
    return Reading(
        (
            section(voice, "asked", opening(voice, chart, question)),
            section(voice, "canon", canon(voice, chart)),
            section(voice, "standing", standing(voice, chart, focus)),
            section(voice, "focus", matter(voice, chart, focus, category)),
            section(voice, "tendency", tendency(voice, chart, focus, verdict, category)),
            section(voice, "timing", moments(voice, chart, focus)),
            section(voice, "counsel", counsel(voice, chart, category, verdict)),
            section(voice, "limits", limits(voice, category)),
        )
    )


def section(
    voice: Voice, key: str, sentences: Iterable[str], heading: str | None = None
) -> Section:
    """A part under its heading; its sentences are spoken in order, so terms are explained once."""
    return Section(key, voice.say(f"heading.{heading or key}"), voice.joined(sentences))


def counsel(voice: Voice, chart: Chart, category: str, verdict: Verdict) -> Iterable[str]:
    """What the text asks of the querent, and one thing to do."""
    yield great_image(voice, chief_passage(chart).number)
    yield voice.say(f"counsel.{category}.{verdict.direction}")


def limits(voice: Voice, category: str) -> Iterable[str]:
    """What a reading cannot say."""
    own = f"limits.{category}"
    yield voice.say(own if voice.knows(own) else "limits.plain")
    yield voice.say("limits.close")
