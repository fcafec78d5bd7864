"""Leases in Redis, on its clock."""

import logging

from storage.errors import StorageUnavailable
from storage.leases.memory import MemoryLeases
from storage.redis.client import PREFIX, Redis, Script

# One key a user: each lease with the microsecond of its end.
_BEGIN = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local length = tonumber(ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local function take(lease, limit)
  if not redis.call('ZSCORE', KEYS[1], lease) and redis.call('ZCARD', KEYS[1]) >= limit then
    return 0
  end
  redis.call('ZADD', KEYS[1], now + length, lease)
  return 1
end
local function keep()
  if redis.call('PTTL', KEYS[1]) < length / 1000 then
    redis.call('PEXPIRE', KEYS[1], math.ceil(length / 1000))
  end
end
"""
_TAKE = Script(
    _BEGIN
    + """
local taken = take(ARGV[2], tonumber(ARGV[3]))
keep()
return taken
"""
)
# A lease that Redis lost comes back where there is room: after a restart places are counted again.
_RENEW = Script(
    _BEGIN
    + """
for i = 2, #ARGV, 2 do
  take(ARGV[i], tonumber(ARGV[i + 1]))
end
keep()
"""
)

log = logging.getLogger(__name__)


class RedisLeases:
    """See Leases.

    Without Redis each process counts its own: a user may then have more places, and nobody has
    none because a server is away.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._own = MemoryLeases()
        self._alone = False
        # Each held lease's limit, for the day when Redis must be told again.
        self._limits: dict[tuple[str, str], int] = {}

    async def take(self, key: str, lease_id: str, *, limit: int, seconds: float) -> bool:
        micros = int(seconds * 1_000_000)
        try:
            granted = bool(await self._redis.run(_TAKE, [_place(key)], micros, lease_id, limit))
            self._is_alone(alone=False)
        except StorageUnavailable:
            self._is_alone(alone=True)
            granted = await self._own.take(key, lease_id, limit=limit, seconds=seconds)
        else:
            if granted:
                await self._own.take(key, lease_id, limit=limit, seconds=seconds)
        if granted:
            self._limits[key, lease_id] = limit
        return granted

    async def renew(self, held: list[tuple[str, str]], *, seconds: float) -> None:
        await self._own.renew(held, seconds=seconds)
        by_place: dict[str, list[str | int]] = {}
        for key, lease_id in held:
            if limit := self._limits.get((key, lease_id)):
                by_place.setdefault(_place(key), []).extend((lease_id, limit))
        micros = int(seconds * 1_000_000)
        try:
            for place, leases in by_place.items():
                await self._redis.run(_RENEW, [place], micros, *leases)
        except StorageUnavailable:
            self._is_alone(alone=True)

    async def release(self, key: str, lease_id: str) -> None:
        self._limits.pop((key, lease_id), None)
        await self._own.release(key, lease_id)
        place = _place(key)
        try:
            await self._redis.ask(place, ("ZREM", place, lease_id))
        except StorageUnavailable:
            return  # it runs out by itself

    def _is_alone(self, *, alone: bool) -> None:
        if alone and not self._alone:
            log.warning("Redis is away: until it is back this process counts its streams alone")
        self._alone = alone


def _place(key: str) -> str:
    return f"{PREFIX}lease:{{{key}}}"
