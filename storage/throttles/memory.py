"""Throttles of one process."""

from collections.abc import Callable
from time import monotonic

# Keys that may have run out are looked for at so many uses, so that strangers fill no memory.
TIDY_EVERY = 1024


class MemoryThrottles:
    """See Throttles."""

    def __init__(self, *, time: Callable[[], float] = monotonic) -> None:
        self._time = time
        # For each key: when its uses no longer count, the oldest first.
        self._ends: dict[str, list[float]] = {}
        self._takes = 0

    async def take(self, key: str, *, limit: int, seconds: float, uses: int = 1) -> float:
        self._tidy()
        now = self._time()
        ends = [end for end in self._ends.get(key, ()) if end > now]
        if limit < uses:
            return seconds
        if len(ends) + uses > limit:
            return ends[uses - limit - 1] - now
        ends += [now + seconds] * uses
        self._ends[key] = ends
        return 0.0

    def _tidy(self) -> None:
        self._takes += 1
        if self._takes % TIDY_EVERY == 0:
            now = self._time()
            self._ends = {key: ends for key, ends in self._ends.items() if ends[-1] > now}

    def __len__(self) -> int:
        """How many keys are in memory."""
        return len(self._ends)
