"""Which tool a message asks for, by fixed words: the way to an approval without any model."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from unicodedata import category

from tools.liuyao.clocks import zone
from tools.liuyao.cycle import BRANCHES
from tools.liuyao.reading.dates import named_moment

MOST_CALENDAR_DAYS, USUAL_CALENDAR_DAYS = 90, 30
MOST_SHARED_DAYS, USUAL_SHARED_DAYS = 30, 7
LONGEST_REMINDER, LONGEST_NOTE, LONGEST_TITLE = 200, 2000, 80
MOST_RECALLED = 5
FURTHEST_REMINDER = timedelta(days=365)

_TITLE = {"zh-Hans": "六爻解读 {day}", "zh-Hant": "六爻解讀 {day}", "en": "Liuyao reading, {day}"}
_REMINDER = {"zh-Hans": "回看这一卦", "zh-Hant": "回看這一卦", "en": "Look at this reading again"}
_REFUSES = re.compile(r"不要|不用|别|別|不必|\bdo(?:n['’]t| not)\b|\bno need\b", re.IGNORECASE)
_QUOTED = re.compile(r"[“「\"']([^”」\"']{1,80})[”」\"']")
_ABOUT = re.compile(
    r"(?:关于|關於|\babout\b|\bon\b)\s*(.{1,80}?)(?:的|[?？。.!！,，]|$)", re.IGNORECASE
)
_SMALL_COUNT = re.compile(r"(\d{1,3})\s*(?:天|日|days?)", re.IGNORECASE)
_BIRTH_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_GENDERS = (
    ("female", re.compile(r"女|\b(?:female|woman)\b", re.IGNORECASE)),
    ("male", re.compile(r"男|\b(?:male|man)\b", re.IGNORECASE)),
)
_BRANCH_DAY = re.compile(rf"([{BRANCHES}])日")


@dataclass(frozen=True, slots=True)
class ToolIntent:
    """A tool the user asks for, with the arguments of its own schema."""

    tool: str
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Ask:
    """A message with all that its arguments may depend on."""

    message: str
    locale: str
    now: datetime
    branch: str | None

    @property
    def today(self) -> date:
        return self.now.date()


def intent(
    message: str,
    locale: str,
    now: datetime,
    timezone: str,
    *,
    derived: Mapping[str, Any] | None = None,
) -> ToolIntent | None:
    """The tool a message asks for, or none.

    The chart, where it is given, names the branch whose days a question for days is about.
    """
    ask = _Ask(message, locale, now.astimezone(zone(timezone)), _focus_branch(derived))
    for tool, words, arguments in _TRIGGERS:
        found = words.search(message)
        if found and not _refused(message, found):
            given = arguments(ask)
            if given is not None:
                return ToolIntent(tool, given)
    return None


def is_errand(message: str, tool: str) -> bool:
    """Whether a message wants a thing done and nothing said: "share this with my friend"."""
    return tool in _ERRANDS and not _ASKS.search(_POLITE.sub("", message.strip()))


def _refused(message: str, found: re.Match[str]) -> bool:
    """Whether the words just before the trigger take it back: 不要保存, don't save."""
    return bool(_REFUSES.search(message[max(0, found.start() - 8) : found.start()]))


def _focus_branch(derived: Mapping[str, Any] | None) -> str | None:
    if derived is None:
        return None
    focus = derived["focus"]
    line = derived["lines"][focus["position"] - 1]
    return str((line["hidden"] if focus["hidden"] else line)["branch"])


def _remind(ask: _Ask) -> dict[str, object] | None:
    moment = named_moment(ask.message, ask.now)
    if moment is None or not ask.now < moment.at <= ask.now + FURTHEST_REMINDER:
        return None
    text = _ASKS_TO_REMIND.sub("", moment.rest).strip(" ，,。.！!：:;；、\n").removeprefix("to ")
    return {
        "at": moment.at.isoformat(timespec="seconds"),
        "text": _line(text, LONGEST_REMINDER) or _REMINDER[ask.locale],
    }


def _share(ask: _Ask) -> dict[str, object]:
    days = _count(ask.message, USUAL_SHARED_DAYS, MOST_SHARED_DAYS)
    return {"audience": "link", "ttlDays": days, "includeQuestion": False}


def _recall(ask: _Ask) -> dict[str, object]:
    found = _QUOTED.search(ask.message) or _ABOUT.search(ask.message)
    query = {"query": found[1].strip()} if found and found[1].strip() else {}
    return {**query, "limit": MOST_RECALLED}


def _save(ask: _Ask) -> dict[str, object]:
    """What follows a colon is the note; the title is plain, as the user may edit both."""
    _, _, note = ask.message.replace("：", ":").partition(":")
    title = _TITLE[ask.locale].format(day=ask.today.isoformat())
    return {"title": title[:LONGEST_TITLE], "note": _readable(note).strip()[:LONGEST_NOTE]}


def _draw(ask: _Ask) -> dict[str, object]:
    dark = re.search(r"dark|深色|夜间|夜間|黑底", ask.message, re.IGNORECASE)
    return {"format": "svg", "theme": "dark" if dark else "light"}


def _profile(ask: _Ask) -> dict[str, object] | None:
    year = _BIRTH_YEAR.search(ask.message)
    gender = next((word for word, said in _GENDERS if said.search(ask.message)), None)
    given: dict[str, object] = {"birthYear": int(year[0])} if year else {}
    return (given | ({"gender": gender} if gender else {})) or None


def _calendar(ask: _Ask) -> dict[str, object]:
    named = _BRANCH_DAY.search(ask.message)
    branch = named[1] if named else ask.branch
    days = _count(ask.message, USUAL_CALENDAR_DAYS, MOST_CALENDAR_DAYS)
    given: dict[str, object] = {"from": ask.today.isoformat(), "days": days}
    return {**given, "branch": branch} if branch else given


def _count(message: str, usual: int, most: int) -> int:
    found = _SMALL_COUNT.search(message)
    return max(1, min(int(found[1]), most)) if found else usual


def _line(text: str, longest: int) -> str:
    return " ".join(_readable(text).split())[:longest]


def _readable(text: str) -> str:
    """Without the control characters that the tools refuse."""
    return "".join(char for char in text if char == "\n" or category(char) != "Cc")


# What these find or tell is an answer; the others do something.
_ERRANDS = frozenset(
    {"share_reading", "set_reminder", "save_reading", "update_profile", "draw_chart"}
)
_POLITE = re.compile(
    r"^(?:(?:can|could|would|will) you (?:please )?[^?？]*[?？]?$"
    r"|(?:能不能|能否|可不可以|可以|能)[^?？]*?(?:吗|嗎)?[?？]?$)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"[?？]|吗|嗎|呢|什么|什麼|怎|为何|為何|几时|幾時|何时|何時|会不会|會不會|好不好|解释|解釋|说说|說說"
    r"|\b(?:what|when|why|how|who|which|whether|will|should|tell me|explain)\b",
    re.IGNORECASE,
)
_ASKS_TO_REMIND = re.compile(
    r"请|請|麻烦|麻煩|帮我|幫我|到时候|到時候|提醒(?:一下)?我?|(?:把)?(?:这|這)件事$"
    r"|\b(?:please|can you|could you)\b"
    r"|\b(?:set )?(?:a )?remind(?:er)?(?: me)?(?: to| of| about| that)?\b",
    re.IGNORECASE,
)

# The most telling words first: "remind me to share it tomorrow" is a reminder.
_TRIGGERS: tuple[tuple[str, re.Pattern[str], Callable[[_Ask], dict[str, object] | None]], ...] = (
    ("set_reminder", re.compile(r"提醒|\bremind", re.IGNORECASE), _remind),
    (
        "share_reading",
        re.compile(
            r"分享|\bshare\b(?= (?:this|it|the|that|my reading|with))|^\W*(?:please )?share\b",
            re.IGNORECASE,
        ),
        _share,
    ),
    (
        "recall_readings",
        re.compile(
            r"回顾|回顧|(?:以前|之前|过去|過去|从前|從前)的"
            r"|\brecall\b|\bpast readings?\b|\bearlier readings?\b",
            re.IGNORECASE,
        ),
        _recall,
    ),
    (
        "save_reading",
        re.compile(
            r"记下|記下|保存|存下来|存下來|\bsave\b(?= (?:this|it|the|that|my reading))"
            r"|^\W*(?:please |can you |could you )?save\b|\bwrite (?:this|it) down\b",
            re.IGNORECASE,
        ),
        _save,
    ),
    (
        "update_profile",
        re.compile(
            r"(?:更新|修改|改一下|记住|記住|填|设|設).{0,6}(?:资料|資料|性别|性別|出生|生年|年份)"
            r"|\b(?:update|set|change|remember|note)\b.{0,10}"
            r"\b(?:profile|gender|birth year|year of birth)\b",
            re.IGNORECASE,
        ),
        _profile,
    ),
    (
        "draw_chart",
        re.compile(
            r"[画畫](?:出|一|张|張|个|個|卦|图|圖|下)|[卦图圖].{0,4}[画畫]出?来?"
            r"|\bdraw\b.{0,16}\b(?:chart|hexagram|it|figure)\b",
            re.IGNORECASE,
        ),
        _draw,
    ),
    (
        "look_up_calendar",
        re.compile(r"哪天|哪一天|哪几天|哪幾天|哪些日子|\bwh(?:ich|at) days?\b", re.IGNORECASE),
        _calendar,
    ),
)
