"""The leases that the suite is run on: one entry for each backend."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from storage.leases.base import Leases
from storage.leases.memory import MemoryLeases
from storage.leases.redis import RedisLeases
from storage.redis.client import Redis
from tests.support.clock import StillClock
from tests.support.redis import kinds, shared_server


@dataclass(frozen=True)
class Stand:
    """Fresh leases as two servers see them, and a way to let their time pass."""

    leases: Leases
    elsewhere: Leases
    pass_time: Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class Backend:
    """What the suite needs to know of a backend."""

    name: str
    open: Callable[[], AbstractAsyncContextManager[Stand]]


@asynccontextmanager
async def memory() -> AsyncIterator[Stand]:
    clock = StillClock()
    leases = MemoryLeases(time=clock.monotonic)

    async def pass_time(seconds: float) -> None:
        clock.move(seconds)

    yield Stand(leases, leases, pass_time)


@asynccontextmanager
async def redis(kind: str) -> AsyncIterator[Stand]:
    server = shared_server(kind)
    server.flush()
    here, there = Redis(server.url), Redis(server.url)

    async def pass_time(seconds: float) -> None:
        server.age(seconds)

    try:
        yield Stand(RedisLeases(here), RedisLeases(there), pass_time)
    finally:
        await here.close()
        await there.close()


BACKENDS = (
    Backend("memory", memory),
    *(Backend(kind, partial(redis, kind)) for kind in kinds()),
)
