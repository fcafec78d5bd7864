"""A clock that stands still until it is moved."""

from datetime import UTC, datetime, timedelta


class StillClock:
    """See runtime.clock.Clock."""

    def __init__(self) -> None:
        self._now = datetime(2026, 3, 14, 15, 30, tzinfo=UTC)
        self._seconds = 1_000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._seconds

    def move(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._seconds += seconds
