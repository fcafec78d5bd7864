"""Leases in Redis, on its clock."""

from storage.redis.client import PREFIX, Redis, Script

# One key a user: each lease with the microsecond of its end.
_TAKE = Script("""
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local lease, limit, length = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if not redis.call('ZSCORE', KEYS[1], lease) and redis.call('ZCARD', KEYS[1]) >= limit then
  return 0
end
redis.call('ZADD', KEYS[1], now + length, lease)
if redis.call('PTTL', KEYS[1]) < length / 1000 then
  redis.call('PEXPIRE', KEYS[1], math.ceil(length / 1000))
end
return 1
""")
_RENEW = Script("""
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local length = tonumber(ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
for i = 2, #ARGV do
  redis.call('ZADD', KEYS[1], 'XX', now + length, ARGV[i])
end
if redis.call('PTTL', KEYS[1]) < length / 1000 then
  redis.call('PEXPIRE', KEYS[1], math.ceil(length / 1000))
end
""")


class RedisLeases:
    """See Leases."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def take(self, key: str, lease_id: str, *, limit: int, seconds: float) -> bool:
        micros = int(seconds * 1_000_000)
        return bool(await self._redis.run(_TAKE, [_place(key)], lease_id, limit, micros))

    async def renew(self, held: list[tuple[str, str]], *, seconds: float) -> None:
        by_key: dict[str, list[str]] = {}
        for key, lease_id in held:
            by_key.setdefault(_place(key), []).append(lease_id)
        micros = int(seconds * 1_000_000)
        for place, lease_ids in by_key.items():
            await self._redis.run(_RENEW, [place], micros, *lease_ids)

    async def release(self, key: str, lease_id: str) -> None:
        place = _place(key)
        await self._redis.ask(place, ("ZREM", place, lease_id))


def _place(key: str) -> str:
    return f"{PREFIX}lease:{{{key}}}"
