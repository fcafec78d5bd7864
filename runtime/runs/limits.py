"""How much is enough: the user messages of a session, the streams of a user."""

from dataclasses import dataclass

from runtime.errors import Code, Problem
from runtime.runs.performance import Limits
from runtime.settings import Settings
from storage.sql.transaction import Transaction


@dataclass(frozen=True, slots=True)
class RunLimit:
    """Only so many user messages a session; a run whose points were given back takes no place."""

    per_session: int

    def check(self, tx: Transaction, session_id: str) -> None:
        used = tx.runs.counted(session_id)
        if used >= self.per_session:
            raise Problem(
                Code.AGENT_SESSION_RUN_LIMIT_EXCEEDED,
                f"This session has used its {self.per_session} messages; start a new one.",
                limit=self.per_session,
                used=used,
            )


def limits_from(settings: Settings) -> Limits:
    return Limits(
        max_steps=settings.max_steps,
        first_token_seconds=settings.first_token_seconds,
        silence_seconds=settings.silence_seconds,
        tool_seconds=settings.tool_seconds,
        approval_seconds=settings.approval_seconds,
        join_deltas=settings.join_deltas,
    )
