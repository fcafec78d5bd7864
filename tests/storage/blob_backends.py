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
from pathlib import Path

from storage.blobs.base import Blobs
from storage.blobs.local import LocalBlobs


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
    open: Callable[[Path], AbstractAsyncContextManager[Stand]]


@asynccontextmanager
async def local(folder: Path) -> AsyncIterator[Stand]:
    root = folder / "files"

    def litter() -> list[str]:
        return [str(path) for path in (root / ".parts").glob("*")]

    yield Stand(LocalBlobs(root), LocalBlobs(root), _cramped, litter)


@contextmanager
def _cramped(room: int) -> Iterator[None]:
    """The process may write no longer files: it fails as a full disk does, in the middle."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


BACKENDS = (Backend("local", local),)
