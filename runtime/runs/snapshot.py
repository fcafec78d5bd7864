"""A session told from its records: for fresh clients, and for runs whose log is no longer kept."""

from collections.abc import Mapping
from typing import Any

from runtime.errors import Code, Problem
from runtime.runs.frames import frame, to_json
from runtime.runs.interrupts import interrupts_of
from runtime.runs.journal import PROTOCOL_VERSION
from runtime.runs.parts import VENDOR, Show
from runtime.runs.scene import stored_chart
from runtime.runs.transcript import session_messages
from storage.sql.runs import RunKind, RunRow, RunStatus
from storage.sql.sessions import SessionRow
from storage.sql.tool_calls import ToolCallRow
from storage.sql.transaction import Transaction
from tools.base import Tool
from tools.liuyao.document import DerivedInvalid

Event = dict[str, Any]


def session_state(session: SessionRow) -> Event:
    """The shared state that the session's chart makes; a malformed one is refused."""
    if session.derived is None:
        return {}
    try:
        return {"divination_derived": stored_chart(session.derived)}
    except DerivedInvalid:
        raise Problem(
            Code.AGENT_OUTPUT_DIVINATION_INVALID, "The stored chart of this session is malformed."
        ) from None


def snapshot_of(tx: Transaction, run: RunRow, tools: Mapping[str, Tool], show: Show) -> bytes:
    """What is left of a finished run, as one short stream."""
    session = tx.sessions.get(run.session_id)
    state = session_state(session) if session else {}
    events = _restored(tx, run, state, show)
    events.append(_ending_in(tx, run, state, tools))
    return b"".join(frame(run.log_tag, n, event) for n, event in enumerate(events, 1))


def connection_of(
    tx: Transaction, session: SessionRow, events_url: str, tools: Mapping[str, Tool], show: Show
) -> bytes:
    """What AG-UI's `connect` expects: the session as it stands, with its last run's ending.

    A run that is still going is named in the ending's metadata, with where to follow it.
    """
    runs = tx.runs.of_session(session.id)
    last = runs[-1]
    state = session_state(session)
    events = _restored(tx, last, state, show)
    if last.under_way:
        live = {"liveRunId": last.id, "eventsUrl": events_url + last.id}
        events.append(_finished(last, {"type": "success"}) | {"metadata": {VENDOR: live}})
    else:
        events.append(_ending_in(tx, last, state, tools))
    return "".join(f"data: {to_json(event)}\n\n" for event in events).encode()


def _ending_in(tx: Transaction, run: RunRow, state: Event, tools: Mapping[str, Tool]) -> Event:
    """How the run ended, from its row and the calls of it that are still open."""
    waiting = tx.tool_calls.open_in(run.session_id)
    ending = ending_of(run, state, waiting, tools)
    handed = tx.tool_calls.pending_in(run.session_id)
    if pending := [call.id for call in handed if call.run_id == run.id]:
        ending["outcome"]["pendingToolCallIds"] = pending
    return ending


def ending_of(
    run: RunRow, state: Event, waiting: list[ToolCallRow], tools: Mapping[str, Tool]
) -> Event:
    """How the run ended, from its row."""
    match run.status:
        case RunStatus.FAILED:
            code, message = run.error_code or "INTERNAL_ERROR", run.error_message or ""
            return {"type": "RUN_ERROR", "message": message, "code": code}
        case RunStatus.CANCELLED:
            return _finished(run, {"type": "cancelled"})
        case RunStatus.INTERRUPTED if own := [call for call in waiting if call.run_id == run.id]:
            interrupts = interrupts_of(own, tools)
            return _finished(run, {"type": "interrupt", "interrupts": interrupts})
        case RunStatus.SUCCEEDED if run.kind == RunKind.DIVINATION:
            return _finished(run, {"type": "success"}) | {"result": state["divination_derived"]}
    return _finished(run, {"type": "success"})


def _restored(tx: Transaction, run: RunRow, state: Event, show: Show) -> list[Event]:
    messages = [show(one) for one in session_messages(tx, run.session_id, current=run.id)]
    started = {"type": "RUN_STARTED", "threadId": run.session_id, "runId": run.id}
    return [
        started | {"protocolVersion": PROTOCOL_VERSION},
        {"type": "STATE_SNAPSHOT", "snapshot": state},
        {"type": "MESSAGES_SNAPSHOT", "messages": messages},
    ]


def _finished(run: RunRow, outcome: Event) -> Event:
    event = {"type": "RUN_FINISHED", "threadId": run.session_id, "runId": run.id}
    return event | {"outcome": outcome}
