"""The wake-ups that the suite is run on: one entry for each backend."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from storage.wake.base import Wake
from storage.wake.memory import MemoryWake


@dataclass(frozen=True)
class Stand:
    """Fresh wake-ups as two processes see them; who waits here may be rung from elsewhere."""

    wake: Wake
    elsewhere: Wake


@dataclass(frozen=True)
class Backend:
    """What the suite needs to know of a backend."""

    name: str
    open: Callable[[], AbstractAsyncContextManager[Stand]]


@asynccontextmanager
async def memory() -> AsyncIterator[Stand]:
    wake = MemoryWake()
    yield Stand(wake, wake)


BACKENDS = (Backend("memory", memory),)
