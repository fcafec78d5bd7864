"""So many files a user and minute: opening them is work, also of those that are refused."""

from math import ceil

from runtime.errors import Code, Problem
from storage.throttles.base import Throttles

SECONDS = 60.0


class Ration:
    """Counted over all servers, before anything is opened."""

    def __init__(self, throttles: Throttles, *, per_minute: int) -> None:
        self._throttles = throttles
        self._per_minute = per_minute

    async def take(self, user_id: str, files: int = 1) -> None:
        """So many files at once or none; what one message may bring is never too much for good."""
        uses = min(files, self._per_minute)
        wait = await self._throttles.take(
            f"media:{user_id}", limit=self._per_minute, seconds=SECONDS, uses=uses
        )
        if wait > 0:
            raise Problem(
                Code.AGENT_FILES_TOO_OFTEN,
                f"So many files at a time: {self._per_minute} a minute.",
                retryAfter=ceil(wait),
            )
