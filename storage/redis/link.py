"""One connection to one Redis server, as the rest of the storage knows it."""

from collections.abc import Sequence
from typing import Any, Protocol

# (host, port); a Unix socket has its path for a host.
Address = tuple[str, int]
Command = Sequence[str | bytes | int | float]
# What Redis answers has the shapes of its protocol; an error may stand among many answers.
Reply = Any


class Link(Protocol):
    """A connection that is opened when first used, and anew after it broke."""

    async def ask(self, commands: Sequence[Command], *, seconds: float) -> list[Reply]:
        """All replies, in order; errors of single commands are among them as exceptions."""

    async def close(self) -> None:
        """Let go of the server."""
