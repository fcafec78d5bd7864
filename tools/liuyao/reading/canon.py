"""What the classical text says: the passages that speak for a cast, and the Great Image."""

from collections.abc import Iterator

from tools.liuyao import texts
from tools.liuyao.reading.chart import Chart, Passage
from tools.liuyao.reading.voice import Voice, glosses
from tools.liuyao.vocabulary import Locale, Part


def canon(voice: Voice, chart: Chart) -> Iterator[str]:
    """Why these passages, the passages themselves, and the theme they stand in."""
    yield voice.say(f"canon.rule.{_rule(chart)}")
    chief = chief_passage(chart)
    yield quoted(voice, chief, full=True)
    for passage in chart.passages:
        if passage != chief:
            yield quoted(voice, passage, full=False)
    yield from _themes(voice, chart)


def chief_passage(chart: Chart) -> Passage:
    """The passage that speaks first."""
    return next((passage for passage in chart.passages if passage.main), chart.passages[0])


def _rule(chart: Chart) -> str:
    count = len(chart.moving)
    if count == 3:
        return "3.primary" if chief_passage(chart).number == chart.primary.number else "3.changed"
    if count == 6 and chief_passage(chart).part == "allMoving":
        return "6.all"
    return str(count)


def quoted(voice: Voice, passage: Passage, *, full: bool) -> str:
    """A passage word for word, with its plain meaning and, in full, the ancient comment."""
    found = texts.passage(passage.number, Part(passage.part), passage.position, locale=voice.book)
    gloss = _gloss(voice, passage)
    parts = [
        voice.say(
            f"canon.{passage.part}",
            name=voice.name(passage.number),
            legge=legge(passage.number),
            label=_label(voice, found),
            text=found.text.rstrip(),
        )
    ]
    if full and found.image and not voice.english:
        parts.append(voice.say("canon.comment", text=found.image))
    if gloss:
        parts.append(voice.say("canon.gloss" if full else "canon.gloss.short", gloss=gloss))
    return voice.joined(parts)


def _label(voice: Voice, found: texts.Passage) -> str:
    if voice.english and found.position:
        return voice.place(found.position)
    return found.label or ""


def _gloss(voice: Voice, passage: Passage) -> str:
    """Judgments have none here: the theme of their hexagram is told once, below."""
    row = glosses(voice.locale)[str(passage.number)]
    if passage.part == "line" and passage.position:
        return str(row["lines"][passage.position - 1])
    return str(row["all"]) if passage.part == "allMoving" else ""


def _themes(voice: Voice, chart: Chart) -> Iterator[str]:
    yield voice.say(
        "canon.theme",
        name=voice.name(chart.primary.number),
        theme=theme(voice, chart.primary.number),
    )
    if chart.changed:
        number = chart.changed.number
        yield voice.say("canon.theme.changed", name=voice.name(number), theme=theme(voice, number))


def theme(voice: Voice, number: int) -> str:
    """What a hexagram is about, in half a sentence."""
    return str(glosses(voice.locale)[str(number)]["theme"])


def great_image(voice: Voice, number: int) -> str:
    """The Great Image of a hexagram, word for word, with its plain meaning."""
    text = texts.passage(number, Part.IMAGE, locale=voice.book).text
    meaning = glosses(voice.locale)[str(number)]["image"]
    return voice.say(
        "counsel.image", name=voice.name(number), legge=legge(number), text=text, meaning=meaning
    )


def legge(number: int) -> str:
    """The name as Legge spells it, which his text uses without further ado."""
    return texts.hexagram_name(number, locale=Locale.EN).name
