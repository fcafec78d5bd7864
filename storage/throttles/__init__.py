"""Where uses are counted."""

from collections.abc import Callable

from storage.redis.client import Redis
from storage.throttles.base import Throttles
from storage.throttles.memory import MemoryThrottles
from storage.throttles.redis import RedisThrottles


def throttles_from(redis: Redis | None, *, time: Callable[[], float]) -> Throttles:
    """Throttles over all servers; without Redis, of this process, on its clock."""
    return RedisThrottles(redis) if redis else MemoryThrottles(time=time)
