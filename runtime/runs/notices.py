"""What the core tells its users between their visits, and whom it asks to deliver it."""

import json
from dataclasses import dataclass
from typing import Protocol

from storage.sql.runs import RunKind, RunRow, RunStatus
from storage.sql.transaction import Transaction
from tools.approval import CallState


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell; `route` is a place in the app, `url` one outside of it."""

    kind: str
    title: str
    body: str
    route: str | None = None
    url: str | None = None


class Notices(Protocol):
    """Whoever delivers: what is told in a transaction is told exactly if that commits."""

    def tell(self, tx: Transaction, user_id: str, notice: Notice) -> None: ...


# How a reading ended that went on without its user's decision: title, then body.
_ENDED = {
    "zh-Hans": ("确认已过期", "没有等到你的决定，那一步没有做；解读已经继续写完。"),
    "zh-Hant": ("確認已過期", "沒有等到你的決定，那一步沒有做；解讀已經繼續寫完。"),
    "en": (
        "An approval expired",
        "You did not decide in time, so that step was not taken; the reading was finished.",
    ),
}
_FAILED = {
    "zh-Hans": ("解读没有写完", "没有等到你的决定，之后解读中断了；点数已经退回。"),
    "zh-Hant": ("解讀沒有寫完", "沒有等到你的決定，之後解讀中斷了；點數已經退回。"),
    "en": (
        "A reading broke off",
        "You did not decide in time, and the reading then failed; your points are back.",
    ),
}


# How a reading ended that nobody saw the end of.
_READY = {
    "zh-Hans": ("解读写好了", "你问的这一卦已经解完，来看看吧。"),
    "zh-Hant": ("解讀寫好了", "你問的這一卦已經解完，來看看吧。"),
    "en": ("Your reading is ready", "It was finished while you were away."),
}
_BROKE_OFF = {
    "zh-Hans": ("解读没有写完", "解读中断了；点数已经退回。"),
    "zh-Hant": ("解讀沒有寫完", "解讀中斷了；點數已經退回。"),
    "en": ("A reading broke off", "It failed while you were away; your points are back."),
}


def session_route(session_id: str) -> str:
    """Where the app shows a session."""
    return f"/sessions/{session_id}"


def notice_of_expiry(tx: Transaction, run: RunRow, status: RunStatus) -> Notice | None:
    """What to tell of a run that the server itself went on with, once it has ended."""
    if run.kind != RunKind.RESUME or run.parent_run_id is None or status is RunStatus.CANCELLED:
        return None
    calls = tx.tool_calls.of_run(run.parent_run_id)
    if not any(call.state == CallState.EXPIRED for call in calls):
        return None
    texts = _FAILED if status is RunStatus.FAILED else _ENDED
    title, body = texts[user_locale(tx, run.user_id, _locale(tx, run.session_id))]
    route = session_route(run.session_id)
    return Notice(kind="approval_expired", title=title, body=body, route=route)


def notice_of_ending(tx: Transaction, user_id: str, session_id: str, *, succeeded: bool) -> Notice:
    """What to tell of a run that ended while its user was away."""
    texts = _READY if succeeded else _BROKE_OFF
    title, body = texts[user_locale(tx, user_id, _locale(tx, session_id))]
    kind = "reading_ready" if succeeded else "reading_failed"
    return Notice(kind=kind, title=title, body=body, route=session_route(session_id))


def user_locale(tx: Transaction, user_id: str, otherwise: str = "en") -> str:
    """The language that the user has chosen, or else this one."""
    profile = tx.profiles.get(user_id)
    return (profile.locale if profile else None) or otherwise


def _locale(tx: Transaction, session_id: str) -> str:
    session = tx.sessions.get(session_id)
    cast = json.loads(session.cast) if session and session.cast else {}
    return str(cast.get("locale", "en"))
