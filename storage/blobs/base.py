"""Bytes under keys, each written whole or not at all."""

import re
from typing import Protocol

LONGEST_KEY = 512
# No segment begins with a dot: none leads upwards, and stores keep such names to themselves.
_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


class Blobs(Protocol):
    """See tests/storage/test_blobs.py.

    - `put` has all of the bytes under the key when it returns; when it raises, or is killed, what
      was there before is there still.
    - What is put under a key again replaces what was there.
    - A store that cannot do its work raises BlobsUnavailable.
    """

    async def put(self, key: str, content: bytes) -> None: ...

    async def get(self, key: str) -> bytes | None:
        """None where there is nothing under the key."""

    async def remove(self, key: str) -> None:
        """Where there is nothing, there is nothing to do."""

    async def keys(self, prefix: str) -> list[str]:
        """The keys that begin with this text, in order."""


def is_key(text: str) -> bool:
    """Whether this may be a key: plain segments between slashes."""
    return len(text) <= LONGEST_KEY and _KEY.fullmatch(text) is not None


def check_key(key: str) -> str:
    if not is_key(key):
        raise ValueError(f"{key[:80]!r} cannot be a key")
    return key
