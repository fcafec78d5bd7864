"""The history: which sessions a user has, what was said in one, and forgetting it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime.errors import Code, Problem
from runtime.runs.finding import owned_session
from runtime.runs.interrupts import interrupts_of
from runtime.runs.parts import Show
from runtime.runs.snapshot import connection_of, session_state
from runtime.runs.transcript import session_messages
from runtime.web.paging import Place
from storage.sql.runs import RunRow
from storage.sql.sessions import SessionRow
from storage.sql.transaction import Transaction
from tools.base import Tool


@dataclass(frozen=True, slots=True)
class Told:
    """One session, whole."""

    session: SessionRow
    state: dict[str, Any]
    messages: list[dict[str, Any]]
    runs: list[RunRow]
    interrupts: list[dict[str, Any]]
    used: int


def tell(
    tx: Transaction, user_id: str, session_id: str, tools: Mapping[str, Tool], show: Show
) -> Told:
    session = owned_session(tx, user_id, session_id)
    return Told(
        session=session,
        state=session_state(session),
        messages=[show(message) for message in session_messages(tx, session_id)],
        runs=tx.runs.of_session(session_id),
        interrupts=interrupts_of(tx.tool_calls.open_in(session_id), tools),
        used=tx.runs.counted(session_id),
    )


def connect(
    tx: Transaction,
    user_id: str,
    session_id: str,
    events_url: str,
    tools: Mapping[str, Tool],
    *,
    show: Show,
) -> bytes:
    return connection_of(tx, owned_session(tx, user_id, session_id), events_url, tools, show)


def forget(tx: Transaction, user_id: str, session_id: str) -> None:
    """Remove all of a session. One whose run is under way must be let finish, or be cancelled."""
    tx.sessions.lock(session_id)
    owned_session(tx, user_id, session_id)
    busy = next((run.id for run in tx.runs.of_session(session_id) if run.under_way), None)
    if busy:
        raise Problem(
            Code.AGENT_SESSION_BUSY,
            "A run of this session is still under way: cancel it first.",
            runId=busy,
            interrupts=[],
        )
    tx.sessions.forget(session_id)


def page(tx: Transaction, user_id: str, place: Place) -> list[SessionRow]:
    return place.rows(tx.sessions.page, user_id)
