"""Runs as their users look for them: whose they are, and what is left of their logs."""

from dataclasses import dataclass

from runtime.errors import Code, Problem
from storage.sql.logs import ArchivedLog
from storage.sql.runs import RunRow
from storage.sql.sessions import SessionRow
from storage.sql.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Found:
    """A run as a viewer finds it."""

    run: RunRow
    archive: ArchivedLog | None
    unseen: bool = False


def owned_session(tx: Transaction, user_id: str, session_id: str) -> SessionRow:
    session = tx.sessions.get(session_id)
    if session is None:
        raise Problem(Code.AGENT_SESSION_NOT_FOUND, "There is no such session.")
    if session.user_id != user_id:
        raise Problem(Code.AGENT_FORBIDDEN, "This session belongs to another user.")
    return session


def owned_run(tx: Transaction, user_id: str, run_id: str) -> RunRow:
    """The user's run; what is another's is refused, what is nobody's is not found."""
    run = tx.runs.get(run_id)
    if run is None:
        raise Problem(Code.AGENT_RUN_NOT_FOUND, "There is no such run.")
    if run.user_id != user_id:
        raise Problem(Code.AGENT_FORBIDDEN, "This run belongs to another user.")
    return run


def find(tx: Transaction, user_id: str, session_id: str, run_id: str) -> Found:
    run = tx.runs.get(run_id)
    if run is None or (run.session_id, run.user_id) != (session_id, user_id):
        owned_session(tx, user_id, session_id)  # what is wrong with the session comes first
        raise Problem(Code.AGENT_INVALID_RUN_ID, "runId names no run of this session.")
    if run.ended_at is None:
        return Found(run, None)
    return Found(run, tx.logs.get(run_id), unseen=tx.unseen.in_session(session_id))


def ended(tx: Transaction, run_ids: set[str]) -> tuple[dict[str, ArchivedLog], set[str]]:
    """The logs of those that ended, and all that there are."""
    found = {run_id: tx.logs.get(run_id) for run_id in tx.runs.ended_among(run_ids)}
    archives = {run_id: archive for run_id, archive in found.items() if archive is not None}
    return archives, tx.runs.known_among(run_ids)
