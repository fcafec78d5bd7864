"""Only so many at once, over all servers: what every backend promises."""

from typing import Protocol


class Leases(Protocol):
    """Places that free themselves; tests/storage/test_leases.py holds each backend to all of it.

    - Under one key at most `limit` leases live at once, however many ask together.
    - A lease that is not renewed within its `seconds` is free again: a dead server keeps no place.
    - Letting go of a lease twice, or of one that has run out, harms nobody.
    """

    async def take(self, key: str, lease_id: str, *, limit: int, seconds: float) -> bool:
        """False where all places are taken."""

    async def renew(self, held: list[tuple[str, str]], *, seconds: float) -> None:
        """Keep these (key, lease) pairs for as long again."""

    async def release(self, key: str, lease_id: str) -> None:
        """Free the place now."""
