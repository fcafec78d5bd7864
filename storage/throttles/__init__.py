"""Where uses are counted."""

from storage.redis.client import Redis
from storage.throttles.base import Throttles
from storage.throttles.memory import MemoryThrottles
from storage.throttles.redis import RedisThrottles


def throttles_from(redis: Redis | None) -> Throttles:
    """Throttles over all servers; without Redis, of this process."""
    return RedisThrottles(redis) if redis else MemoryThrottles()
