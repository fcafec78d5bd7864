"""The throttles that the suite is run on: one entry for each backend."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from storage.redis.client import Redis
from storage.throttles.base import Throttles
from storage.throttles.memory import MemoryThrottles
from storage.throttles.redis import RedisThrottles
from tests.support.clock import StillClock
from tests.support.redis import kinds, shared_server


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


@asynccontextmanager
async def redis(kind: str) -> AsyncIterator[Stand]:
    server = shared_server(kind)
    server.flush()
    here, there = Redis(server.url), Redis(server.url)

    async def pass_time(seconds: float) -> None:
        server.age(seconds)

    try:
        yield Stand(RedisThrottles(here), RedisThrottles(there), pass_time)
    finally:
        await here.close()
        await there.close()


BACKENDS = (
    Backend("memory", memory),
    *(Backend(kind, partial(redis, kind)) for kind in kinds()),
)
