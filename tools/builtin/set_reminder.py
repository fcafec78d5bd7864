"""Remind the user later: it acts when they are away, at a time that a model guessed, so it asks."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from tools.approval import Approval
from tools.base import MissingRuntimeArgs, ToolContext, ToolFailed, tool
from tools.builtin.arguments import Arguments, prose
from tools.builtin.conventions import timezone_of
from tools.liuyao.clocks import zone

FURTHEST = timedelta(days=366)
_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def _moment(text: str) -> str:
    if not _RFC3339.fullmatch(text) or not _exists(text):
        raise ValueError("RFC 3339 with an offset, like 2026-03-14T09:00:00+08:00")
    return text


def _exists(text: str) -> bool:
    try:
        # Near the ends of the calendar an offset leads out of it.
        datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return False
    return True


class SetReminder(Arguments):
    at: Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=40),
        AfterValidator(_moment),
        Field(description="RFC 3339 with Z or an offset; in the future, within a year."),
    ]
    text: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
        AfterValidator(prose),
    ]


QUESTIONS = {
    "zh-Hans": "在 {at} 提醒你：{text}？",
    "zh-Hant": "在 {at} 提醒你：{text}？",
    "en": "Remind you at {at}: {text}?",
}
SET = {
    "zh-Hans": "提醒已设好：{at}，{text}",
    "zh-Hant": "提醒已設好：{at}，{text}",
    "en": "The reminder is set for {at}: {text}",
}
PAST = {
    "zh-Hans": "这个时间已经过去了，没有设提醒。",
    "zh-Hant": "這個時間已經過去了，沒有設提醒。",
    "en": "That time is over already; no reminder was set.",
}
TOO_FAR = {
    "zh-Hans": "提醒至多设到一年以内，没有设。",
    "zh-Hant": "提醒至多設到一年以內，沒有設。",
    "en": "Reminders go no further than a year; none was set.",
}


def _question(args: SetReminder, ctx: ToolContext) -> str:
    # By the user's clock: a model may have written the same moment by another.
    at = f"{_local(datetime.fromisoformat(args.at), ctx)} ({timezone_of(ctx)})"
    return QUESTIONS[ctx.locale].format(at=at, text=args.text)


def _local(at: datetime, ctx: ToolContext) -> str:
    return f"{at.astimezone(zone(timezone_of(ctx))):%Y-%m-%d %H:%M}"


def _objections(args: SetReminder, now: datetime) -> dict[str, str]:
    wrong = _wrong(datetime.fromisoformat(args.at), now)
    return {"at": wrong["en"]} if wrong else {}


def _wrong(at: datetime, now: datetime) -> dict[str, str] | None:
    if at <= now:
        return PAST
    return TOO_FAR if at > now + FURTHEST else None


@tool(
    approval=Approval.EACH_CALL,
    question=_question,
    objections=_objections,
    needs=("user_id", "session_id", "reminders"),
)
async def set_reminder(ctx: ToolContext, args: SetReminder) -> str:
    """Remind the user of something at a time in the future, with a notification in the app."""
    if ctx.reminders is None or ctx.user_id is None or ctx.session_id is None:
        raise MissingRuntimeArgs("set_reminder", ["reminders"])
    at = datetime.fromisoformat(args.at)
    # Asked again here: the user may have taken their time to agree.
    if wrong := _wrong(at, ctx.now):
        raise ToolFailed(wrong[ctx.locale])
    await ctx.reminders.set(
        ctx.call_id,
        user_id=ctx.user_id,
        session_id=ctx.session_id,
        at=at,
        text=args.text,
        locale=ctx.locale,
    )
    return SET[ctx.locale].format(at=_local(at, ctx), text=args.text)
