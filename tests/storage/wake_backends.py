"""The wake-ups that the suite is run on: one entry for each backend."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from storage.redis.client import Redis
from storage.wake.base import Wake
from storage.wake.memory import MemoryWake
from storage.wake.redis import RedisWake
from tests.support.redis import kinds, shared_server


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


@asynccontextmanager
async def redis(kind: str) -> AsyncIterator[Stand]:
    server = shared_server(kind)
    server.flush()
    here, there = Redis(server.url), Redis(server.url)
    try:
        yield Stand(RedisWake(here), RedisWake(there))
    finally:
        await here.close()
        await there.close()


BACKENDS = (
    Backend("memory", memory),
    *(Backend(kind, partial(redis, kind)) for kind in kinds()),
)
