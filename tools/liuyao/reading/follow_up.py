"""A later question on the same cast: the stored chart answers, no new one is ever made."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.liuyao import focus as rules
from tools.liuyao.reading.aspects import ASPECTS
from tools.liuyao.reading.chart import Chart
from tools.liuyao.reading.compose import counsel, limits, section
from tools.liuyao.reading.focus import Focus, focus_of
from tools.liuyao.reading.matter import matter
from tools.liuyao.reading.moments import moments
from tools.liuyao.reading.opening import figure, restated
from tools.liuyao.reading.score import judge
from tools.liuyao.reading.sections import Reading, Section
from tools.liuyao.reading.tendency import tendency
from tools.liuyao.reading.topics import UNASKED, aspect_in, category_in
from tools.liuyao.reading.voice import Voice
from tools.liuyao.vocabulary import Category, Gender

_GUARDED = frozenset({"health", "children", "wealth", "property", "lawsuit"})
_ASKABLE = frozenset({*ASPECTS, "when", "doing"})


def follow_up(
    derived: Mapping[str, Any],
    *,
    question: str,
    locale: str,
    first_question: str,
    category: str,
    querent: Mapping[str, Any] | None,
    told: Sequence[str],
) -> Reading:
    """The answer to a later question: another field, the side asked for, or what is yet untold.

    `told` are the texts of the earlier answers, or the keys of their sections.
    """
    chart = Chart.read(derived)
    voice = Voice(locale, chart.seed + len(told))
    aspect = aspect_in(question)
    field = category_in(question, but=category) if aspect != "recast" else None
    focus = focus_of(chart, _named(derived, field, querent) if field else chart.focus)
    # What was said before needs no second saying: the first question, the plain limits.
    first = first_question if not told and first_question.strip() != question.strip() else None
    said = _opening(voice, chart, question, first, recast=aspect == "recast")
    opening = section(voice, "again", said)
    if field:
        body = _field(voice, chart, focus, field)
    else:
        body = _side(voice, chart, focus, _next(voice, chart, aspect, told), category)
    return Reading((opening, *body, *_limits(voice, field or category, first=not told)))


def _opening(
    voice: Voice, chart: Chart, question: str, first_question: str | None, *, recast: bool
) -> Iterator[str]:
    yield restated(voice, "again.question", question)
    yield voice.say("again.same", hexagram=figure(voice, chart.primary.number))
    if first_question:
        yield restated(voice, "again.first", first_question)
    if recast:
        yield voice.say("again.recast")


def _limits(voice: Voice, category: str, *, first: bool) -> Iterator[Section]:
    """All of them once; after that only what health, money and law are never without."""
    if first:
        yield section(voice, "limits", limits(voice, category), "again.limits")
    elif category in _GUARDED:
        yield section(voice, "limits", [voice.say(f"limits.{category}")], "again.limits")


def _named(
    derived: Mapping[str, Any], category: str, querent: Mapping[str, Any] | None
) -> Mapping[str, Any]:
    """The focus the same lines have for another category."""
    pillars = derived["calendar"]["pillars"]
    gender = (querent or {}).get("gender")
    return rules.focus_of(
        Category(category),
        Gender(gender) if gender else None,
        derived["lines"],
        branches=pillars["month"][1] + pillars["day"][1],
    )


def _field(voice: Voice, chart: Chart, focus: Focus, category: str) -> Iterator[Section]:
    verdict = judge(chart, focus)
    yield section(voice, "focus", matter(voice, chart, focus, category), "again.field")
    yield section(
        voice, "tendency", tendency(voice, chart, focus, verdict, category), "again.tendency"
    )
    yield section(voice, "timing", _days(voice, chart, focus), "again.timing")
    yield section(voice, "counsel", counsel(voice, chart, category, verdict), "again.counsel")


def _days(voice: Voice, chart: Chart, focus: Focus) -> Iterator[str]:
    """The moments again; some may have passed by now, so it is said from when they count."""
    yield voice.say("again.days")
    yield from moments(voice, chart, focus)


def _next(voice: Voice, chart: Chart, asked: str | None, told: Sequence[str]) -> str:
    """The side that was asked for, or the first one that no earlier answer has told."""
    if asked in _ASKABLE and not (chart.changed is None and asked in {"outcome", "lines"}):
        return str(asked)
    return next((name for name in UNASKED if _untold(voice, chart, name, told)), "all")


def _untold(voice: Voice, chart: Chart, name: str, told: Sequence[str]) -> bool:
    if chart.changed is None and name in {"outcome", "lines"}:
        return False
    heading = f"**{voice.say(f'heading.again.{name}')}**"
    return not any(earlier == name or heading in earlier for earlier in told)


def _side(voice: Voice, chart: Chart, focus: Focus, name: str, category: str) -> Iterator[Section]:
    """One side of the matter under its own heading, which later answers recognise as told."""
    if name == "when":
        sentences = _days(voice, chart, focus)
    elif name == "doing":
        sentences = _doing(voice, chart, focus, category)
    else:
        sentences = ASPECTS[name](voice, chart, focus)
    yield section(voice, name, sentences, f"again.{name}")


def _doing(voice: Voice, chart: Chart, focus: Focus, category: str) -> Iterator[str]:
    verdict = judge(chart, focus)
    yield voice.say(f"grade.{verdict.grade}")
    yield voice.say(f"answer.{category}.{verdict.direction}")
    yield voice.say(f"counsel.{category}.{verdict.direction}")
    yield from ASPECTS["obstacle"](voice, chart, focus)
