"""The stores of files that the suite is run on: one entry for each backend."""

import resource
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from storage.blobs.base import Blobs
from storage.blobs.local import LocalBlobs
from storage.blobs.s3 import Bucket, S3Blobs
from storage.blobs.signing import UrlSigner
from tests.support.s3 import ACCESS_KEY, SECRET_KEY, S3Server


@dataclass(frozen=True)
class Stand:
    """A fresh store as two servers see it, and a way to leave it without room."""

    blobs: Blobs
    elsewhere: Blobs
    # Room for so many bytes in one file.
    cramped: Callable[[int], AbstractContextManager[None]]
    # What the store holds besides what was put, such as halves.
    litter: Callable[[], list[str]]


@dataclass(frozen=True)
class Backend:
    """What the suite needs to know of a backend."""

    name: str
    open: Callable[[Path, S3Server], AbstractAsyncContextManager[Stand]]


KEY = b"a key for tests, of more than 32 bytes"


def signer(now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> UrlSigner:
    return UrlSigner(keys=[KEY], root="https://eryao.test/files", now=now)


@asynccontextmanager
async def local(folder: Path, _server: S3Server) -> AsyncIterator[Stand]:
    root = folder / "files"

    def litter() -> list[str]:
        return [str(path) for path in (root / ".parts").glob("*")]

    yield Stand(LocalBlobs(root, signer()), LocalBlobs(root, signer()), _cramped, litter)


@contextmanager
def _cramped(room: int) -> Iterator[None]:
    """The process may write no longer files: it fails as a full disk does, in the middle."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@asynccontextmanager
async def s3(_folder: Path, server: S3Server) -> AsyncIterator[Stand]:
    name = f"b{uuid4()}"
    url = server.bucket(name)

    def litter() -> list[str]:
        return [path.name for path in (server.root / name).rglob("*") if "partial" in path.name]

    yield Stand(bucket(url), bucket(url), server.cramped, litter)


def bucket(url: str, seconds: float = 5) -> S3Blobs:
    where = Bucket.from_url(url, access_key=ACCESS_KEY, secret_key=SECRET_KEY)
    return S3Blobs(where, seconds=seconds, now=lambda: datetime.now(UTC))


BACKENDS = (Backend("local", local), Backend("s3", s3))
