"""What two servers share for a while, and its time: one entry for each place where it may lie."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Generic, TypeVar

from storage.leases.base import Leases
from storage.leases.memory import MemoryLeases
from storage.leases.redis import RedisLeases
from storage.redis.client import Redis
from storage.throttles.base import Throttles
from storage.throttles.memory import MemoryThrottles
from storage.throttles.redis import RedisThrottles
from tests.examples.file_throttles import FileThrottles
from tests.support.clock import StillClock
from tests.support.redis import kinds, shared_server

T = TypeVar("T")


@dataclass(frozen=True)
class Stand(Generic[T]):
    """A fresh one as two servers see it, and a way to let its time pass."""

    here: T
    elsewhere: T
    pass_time: Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class Backend(Generic[T]):
    """What the suite needs to know of a backend."""

    name: str
    open: Callable[[], AbstractAsyncContextManager[Stand[T]]]


@asynccontextmanager
async def in_memory(make: Callable[[Callable[[], float]], T]) -> AsyncIterator[Stand[T]]:
    clock = StillClock()
    made = make(clock.monotonic)

    async def pass_time(seconds: float) -> None:
        clock.move(seconds)

    yield Stand(made, made, pass_time)


@asynccontextmanager
async def on_redis(make: Callable[[Redis], T], kind: str) -> AsyncIterator[Stand[T]]:
    server = shared_server(kind)
    server.flush()
    here, there = Redis(server.url), Redis(server.url)

    async def pass_time(seconds: float) -> None:
        server.age(seconds)

    try:
        yield Stand(make(here), make(there), pass_time)
    finally:
        await here.close()
        await there.close()


@asynccontextmanager
async def files() -> AsyncIterator[Stand[Throttles]]:
    """The example of docs/extending.md."""
    clock = StillClock()

    async def pass_time(seconds: float) -> None:
        clock.move(seconds)

    with TemporaryDirectory() as folder:
        here, there = (FileThrottles(Path(folder), time=clock.monotonic) for _ in "ab")
        yield Stand(here, there, pass_time)


def _backends(
    memory: Callable[[Callable[[], float]], T], redis: Callable[[Redis], T]
) -> tuple[Backend[T], ...]:
    return (
        Backend("memory", partial(in_memory, memory)),
        *(Backend(kind, partial(on_redis, redis, kind)) for kind in kinds()),
    )


LeaseStand = Stand[Leases]
ThrottleStand = Stand[Throttles]
LEASES: tuple[Backend[Leases], ...] = _backends(lambda time: MemoryLeases(time=time), RedisLeases)
_BUILT_IN: tuple[Backend[Throttles], ...] = _backends(
    lambda time: MemoryThrottles(time=time), RedisThrottles
)
THROTTLES = (*_BUILT_IN, Backend("files", files))
