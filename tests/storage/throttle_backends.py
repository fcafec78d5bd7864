"""The throttles that the suite is run on: one entry for each backend."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from storage.throttles.base import Throttles
from storage.throttles.memory import MemoryThrottles
from tests.support.clock import StillClock


@dataclass(frozen=True)
class Stand:
    """Fresh throttles as two servers see them, and a way to let their time pass."""

    throttles: Throttles
    elsewhere: Throttles
    pass_time: Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class Backend:
    """What the suite needs to know of a backend."""

    name: str
    open: Callable[[], AbstractAsyncContextManager[Stand]]


@asynccontextmanager
async def memory() -> AsyncIterator[Stand]:
    clock = StillClock()
    throttles = MemoryThrottles(time=clock.monotonic)

    async def pass_time(seconds: float) -> None:
        clock.move(seconds)

    yield Stand(throttles, throttles, pass_time)


BACKENDS = (Backend("memory", memory),)
