"""Where leases are kept."""

from storage.leases.base import Leases
from storage.leases.memory import MemoryLeases
from storage.leases.redis import RedisLeases
from storage.redis.client import Redis


def leases_from(redis: Redis | None) -> Leases:
    """Leases over all servers; without Redis, of this process."""
    return RedisLeases(redis) if redis else MemoryLeases()
