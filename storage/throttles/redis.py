"""Throttles in Redis, on its clock."""

from storage.redis.client import PREFIX, Redis, Script

# One key for each: the microseconds at which its uses no longer count, the oldest first.
_TAKE = Script("""
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local limit, length, uses = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if limit < uses then return length end
local ended = redis.call('LINDEX', KEYS[1], 0)
while ended and tonumber(ended) <= now do
  redis.call('LPOP', KEYS[1])
  ended = redis.call('LINDEX', KEYS[1], 0)
end
if redis.call('LLEN', KEYS[1]) + uses > limit then
  return math.max(redis.call('LINDEX', KEYS[1], uses - limit - 1) - now, 1)
end
for _ = 1, uses do redis.call('RPUSH', KEYS[1], string.format('%.0f', now + length)) end
redis.call('PEXPIRE', KEYS[1], math.ceil(length / 1000))
return 0
""")


class RedisThrottles:
    """See Throttles."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def take(self, key: str, *, limit: int, seconds: float, uses: int = 1) -> float:
        place = f"{PREFIX}throttle:{{{key}}}"
        micros = int(seconds * 1_000_000)
        wait: int = await self._redis.run(_TAKE, [place], limit, micros, uses)
        return wait / 1_000_000
