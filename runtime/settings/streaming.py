"""How what they do reaches clients."""

from pydantic import BaseModel, Field

from runtime.settings.values import Seconds


class Streaming(BaseModel):
    """How what they do reaches clients."""

    flush_ms: int = Field(
        default=5,
        ge=0,
        le=1_000,
        description="Milliseconds that events are gathered into one write; up to 15 in SQLite "
        "where many runs speak at once.",
    )
    join_deltas: bool = Field(
        default=False, description="Join text pieces of one gathering into a single event."
    )
    heartbeat_seconds: Seconds = Field(
        default=15, description="The pause between two heartbeats on a quiet stream."
    )
    send_seconds: Seconds = Field(
        default=30,
        description="How long a client may take nothing of an answer before it is cut off.",
    )
    stream_minutes: float = Field(
        default=15,
        gt=0,
        le=1_440,
        description="The longest that one stream stays open before it renews.",
    )
    log_retention_days: float = Field(
        default=30, gt=0, le=3_650, description="Days that a finished run's events can be replayed."
    )
