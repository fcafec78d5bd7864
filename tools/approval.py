"""When a tool asks first, and the states that a call goes through."""

from enum import StrEnum


class Approval(StrEnum):
    """A tool's policy."""

    NEVER = "never"
    EACH_CALL = "each_call"
    ONCE_A_SESSION = "once_a_session"


class CallState(StrEnum):
    """waiting → approved | rejected | expired, then running → completed | failed.

    A call of the client's own tool is pending until the client answers it.
    """

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


# A decision that the model may act on; anything else is a no.
DECIDED = frozenset({CallState.APPROVED, CallState.REJECTED, CallState.EXPIRED})
