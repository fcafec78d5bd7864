"""How processes nudge each other."""

from storage.redis.client import Redis
from storage.wake.base import Wake
from storage.wake.memory import MemoryWake
from storage.wake.redis import RedisWake


def wake_from(redis: Redis | None) -> Wake:
    """Wake-ups between processes; without Redis, within this one."""
    return RedisWake(redis) if redis else MemoryWake()
