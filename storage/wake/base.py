"""A nudge between processes: it may be lost, so whoever waits also looks from time to time."""

from typing import Protocol


class Wake(Protocol):
    """See tests/storage/test_wakes.py.

    - A ring that comes while nobody waits is kept for the next who does.
    - Many rings before a wait are one.
    - `wait` returns by itself after its time.
    """

    async def ring(self, topic: str) -> None:
        """Say that there is something to do under this topic."""

    async def wait(self, topic: str, *, seconds: float) -> bool:
        """True when rung, False when the time was up."""
