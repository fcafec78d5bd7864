"""Bytes under keys, each written whole or not at all, and URLs by which clients reach them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

LONGEST_KEY = 512
# No segment begins with a dot: none leads upwards, and stores keep such names to themselves.
_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


@dataclass(frozen=True, slots=True)
class SignedUrl:
    """A URL that carries its own permission: for this one request, until then."""

    method: str
    url: str
    expires_at: datetime
    # What the request must say, to the letter.
    headers: Mapping[str, str] = field(default_factory=dict)


class OpenBlob(Protocol):
    """What was under a key when it was opened, to be read in pieces.

    If it is replaced or removed since, each piece is of what was there, or raises BlobsUnavailable.
    """

    @property
    def size(self) -> int: ...

    @property
    def tag(self) -> str:
        """Another one for other bytes under the key."""

    async def read(self, first: int, length: int) -> bytes:
        """All of these bytes, which must be there."""

    def close(self) -> None: ...


class Blobs(Protocol):
    """See tests/storage/test_blobs.py.

    - `put` has all of the bytes under the key when it returns; when it raises, or is killed, what
      was there before is there still, or all of the new bytes are.
    - What is put under a key again replaces what was there.
    - A store that cannot do its work raises BlobsUnavailable, after a bounded time.
    - A signed URL opens one key for one method until it expires; whoever changes anything of it
      has none.
    """

    @property
    def bucket(self) -> str:
        """The name under which clients know the store."""

    @property
    def root(self) -> str:
        """What every URL of a key begins with: `<root>/<key>`."""

    async def put(self, key: str, content: bytes) -> None: ...

    async def get(self, key: str) -> bytes | None:
        """None where there is nothing under the key."""

    async def open(self, key: str) -> OpenBlob | None:
        """To read no more than is wanted at a time; whoever opens it closes it."""

    async def size(self, key: str) -> int | None:
        """How many bytes there are, without reading them; None where there is nothing."""

    async def remove(self, key: str) -> None:
        """Where there is nothing, there is nothing to do."""

    async def keys(self, prefix: str) -> list[str]:
        """The keys that begin with this text, in order."""

    def tidy(self) -> None:
        """Remove halves that killed writers left, and none that is being written; on a start."""

    def sign_upload(self, key: str, *, media_type: str, size: int, seconds: int) -> SignedUrl:
        """A PUT of exactly this type and length; raises BlobsUnavailable without a key to sign."""

    def sign_read(self, key: str, *, media_type: str, disposition: str, seconds: int) -> SignedUrl:
        """A GET whose answer calls itself so; raises BlobsUnavailable without a key to sign."""


def is_key(text: str) -> bool:
    """Whether this may be a key: plain segments between slashes."""
    return len(text) <= LONGEST_KEY and _KEY.fullmatch(text) is not None


def check_key(key: str) -> str:
    if not is_key(key):
        raise ValueError(f"{key[:80]!r} cannot be a key")
    return key
