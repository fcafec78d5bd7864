"""When a tool asks first, and the states that a call goes through."""

from enum import StrEnum


class Approval(StrEnum):
    """A tool's policy."""

    NEVER = "never"
    EACH_CALL = "each_call"
    ONCE_A_SESSION = "once_a_session"


class CallState(StrEnum):
    """waiting → approved | rejected | expired, then running → completed | failed."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


# A decision that the model may act on; anything else is a no.
DECIDED = frozenset({CallState.APPROVED, CallState.REJECTED, CallState.EXPIRED})
