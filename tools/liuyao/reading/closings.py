"""The last words of an answer, after a tool was used, refused or failed."""

import json
import re
from datetime import date
from typing import Any, Literal

from tools.liuyao.reading.voice import Voice

_CHINESE = re.compile(r"[\u3400-\u9fff]")
State = Literal["completed", "rejected", "failed", "expired"]
LONGEST_RESULT = 400
MOST_DAYS = 5
# What these found or made is for the user to see: old readings, a link, an address.
TELLING = {"recall_readings", "share_reading", "draw_chart"}


def closing(tool: str, state: str, result: str, locale: str) -> str:
    """What the interpreter says once a call is settled, so that every answer ends well."""
    voice = Voice(locale, 0)
    if tool == "look_up_calendar" and state == "completed":
        return _days(voice, result)
    if state == "failed" and _is_in(locale, result):
        return voice.say("closing.reason", reason=_shortened(result))
    own = f"closing.{tool}.{state}"
    said = voice.say(own if voice.knows(own) else f"closing.{state}")
    if tool in TELLING and state == "completed":
        return voice.joined([said, _shortened(result)])
    return said


def _is_in(locale: str, reason: str) -> bool:
    """Whether a tool's reason can stand in an answer: as a sentence, in the answer's language."""
    if locale == "en":
        return reason.rstrip().endswith(".") and reason.isascii()
    return bool(_CHINESE.search(reason))


def _shortened(result: str) -> str:
    text = result.strip()
    return text if len(text) <= LONGEST_RESULT else text[: LONGEST_RESULT - 1] + "…"


def _days(voice: Voice, result: str) -> str:
    """The days of the almanac that were asked for; what cannot be read is left unsaid."""
    try:
        told: dict[str, Any] = json.loads(result)
        ends = _spoken(voice, told["void"]["endsOn"])
        found = told.get("branch") or {"branch": "", "days": []}
        days = [_spoken(voice, day) for day in found["days"][:MOST_DAYS]]
        branch = voice.branch(found["branch"]) if days else ""
    except (ValueError, KeyError, TypeError):
        return voice.say("closing.look_up_calendar.plain")
    listed = voice.say("closing.days", branch=branch, days=voice.listed(days)) if days else ""
    return voice.joined([listed, voice.say("closing.void", date=ends), voice.say("timing.caution")])


def _spoken(voice: Voice, row: str) -> str:
    """An almanac row, which begins with its date."""
    day = date.fromisoformat(row[:10])
    return voice.date(day, since=day)
