"""Only so often within a time, over all servers: what every backend promises."""

from typing import Protocol


class Throttles(Protocol):
    """Uses of a key, counted; tests/storage/test_throttles.py holds each backend to all of it.

    - Within any `seconds` a key is used at most `limit` times, however many ask together.
    - What is refused is not counted: whoever asks too often waits no longer for it.
    - A key is always asked with the same `seconds`; its limit may change from use to use.
    - A store that is away raises StorageUnavailable, so that whoever guards a secret says no.
    """

    async def take(self, key: str, *, limit: int, seconds: float) -> float:
        """0.0 where this use is within the limit, else the seconds until the next one may be."""
