"""So many files a user and minute: opening them is work, also of those that are refused."""

from math import ceil

from runtime.errors import Code, Problem
from storage.throttles.base import Throttles

SECONDS = 60.0


class Ration:
    """Counted over all servers, before anything is read."""

    def __init__(self, throttles: Throttles, *, per_minute: int) -> None:
        self._throttles = throttles
        self._per_minute = per_minute

    async def take(self, user_id: str) -> None:
        key = f"media:{user_id}"
        wait = await self._throttles.take(key, limit=self._per_minute, seconds=SECONDS)
        if wait > 0:
            raise Problem(
                Code.AGENT_FILES_TOO_OFTEN,
                f"So many files at a time: {self._per_minute} a minute.",
                retryAfter=ceil(wait),
            )
