"""Only so often within a time, over all servers: what every backend promises."""

from typing import Protocol


class Throttles(Protocol):
    """Uses of a key, counted; tests/storage/test_throttles.py holds each backend to all of it.

    - Within any `seconds` a key is used at most `limit` times, however many ask together.
    - What is refused is not counted: whoever asks too often waits no longer for it.
    - Several `uses` are counted together or not at all: who waits for room for all of them must not
      fill it with the first few.
    - A key is always asked with the same `seconds`; its limit may change from use to use.
    - A store that is away raises StorageUnavailable, so that whoever guards a secret says no.
    """

    async def take(self, key: str, *, limit: int, seconds: float, uses: int = 1) -> float:
        """0.0 where this is within the limit, else the seconds until as many uses may be."""
