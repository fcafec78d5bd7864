"""How much is enough: the user messages of a session."""

from dataclasses import dataclass

from runtime.errors import Code, Problem
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
