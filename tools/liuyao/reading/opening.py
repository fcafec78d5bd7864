"""The first part: what was asked, what fell, and when."""

from collections.abc import Iterator

from tools.liuyao.reading.chart import Chart
from tools.liuyao.reading.voice import Voice

_LONGEST = {"zh-Hans": 40, "zh-Hant": 40, "en": 160}
_ENDS = ("?", "？", "!", "！", ".", "。", "…")


def opening(voice: Voice, chart: Chart, question: str) -> Iterator[str]:
    """The question, the cast, the moment."""
    yield restated(voice, "asked.question", question)
    yield from fallen(voice, chart)


def fallen(voice: Voice, chart: Chart) -> Iterator[str]:
    """The cast and the moment, whatever was asked."""
    yield voice.say(
        "asked.cast",
        date=voice.date(chart.local.date(), since=chart.local.date()),
        year=chart.local.year,
        method=voice.say(f"method.{chart.method}"),
        hexagram=figure(voice, chart.primary.number),
    )
    yield _movement(voice, chart)
    yield voice.say(
        "asked.time",
        **{name: pillar(voice, value) for name, value in chart.pillars.items()},
        term=voice.say(f"solar.{chart.term}"),
        ruler=voice.branch(chart.month),
        master=voice.branch(chart.day),
    )
    yield _boundary(voice, chart)


def restated(voice: Voice, key: str, question: str) -> str:
    """The question in quotation marks; a full stop follows where it has no end of its own."""
    longest = _LONGEST[voice.locale]
    line = shortened(question, longest // 2 if voice.terse else longest)
    stop = "" if line.endswith(_ENDS) else voice.say("stop")
    return voice.say(key, question=line, stop=stop)


def shortened(question: str, longest: int) -> str:
    """The question on one line, cut where it would crowd the reading."""
    line = " ".join(question.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def figure(voice: Voice, number: int) -> str:
    """A hexagram by symbol and name."""
    return voice.say(
        "figure", symbol=chr(0x4DC0 + number - 1), number=number, name=voice.name(number)
    )


def pillar(voice: Voice, value: str) -> str:
    """A stem and a branch, as the language writes them."""
    return "".join(voice.say(f"glyph.{glyph}") for glyph in value)


def _movement(voice: Voice, chart: Chart) -> str:
    if chart.changed is None:
        return voice.say("asked.static")
    places = [voice.place(line.position) for line in chart.moving]
    number = {1: ".one", 6: ".all"}.get(len(places), "")
    lines = voice.listed(places)
    return voice.say(
        f"asked.moving{number}", lines=lines, changed=figure(voice, chart.changed.number)
    )


def _boundary(voice: Voice, chart: Chart) -> str:
    late = chart.local.hour == 23 and not voice.terse
    said = voice.say(f"asked.boundary.{chart.day_boundary}" + (".late" if late else ""))
    return voice.joined([said, voice.say("asked.near") if chart.near_term else ""])
