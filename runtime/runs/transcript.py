"""What was said in a session and stands: for whoever shows it, shares it or goes on from it."""

import json
from typing import Any

from storage.sql.runs import RunKind
from storage.sql.transaction import Transaction


def session_messages(
    tx: Transaction, session_id: str, *, current: str | None = None
) -> list[dict[str, Any]]:
    """What was said, without the readings that were given back: those never answered.

    A reading is a run and all that went on from it; that of the `current` run is told in any case.
    """
    runs = tx.runs.of_session(session_id)
    given_back = {run.id for run in runs if run.refunded}
    given_back -= {run.root_run_id for run in runs if run.id == current}
    void = {run.id for run in runs if run.root_run_id in given_back}
    rows = tx.messages.of_session(session_id)
    return [json.loads(row.body) for row in rows if row.run_id not in void]


def reading_text(tx: Transaction, session_id: str) -> str:
    """What the session's divination was answered with; follow-ups are answers to other words."""
    runs = tx.runs.of_session(session_id)
    roots = {run.id for run in runs if run.kind == RunKind.DIVINATION and not run.refunded}
    chain = {run.id for run in runs if run.root_run_id in roots}
    rows = tx.messages.of_session(session_id)
    bodies = [json.loads(r.body) for r in rows if r.role == "assistant" and r.run_id in chain]
    return "\n\n".join(body["content"] for body in bodies if body.get("content"))
