"""Wake-ups through Redis: every process that waits is woken, each ring is one for each of them."""

import anyio

from storage.errors import StorageUnavailable
from storage.redis.client import PREFIX, Redis

# A ring is of no use to who comes later than this.
KEPT_SECONDS = 3600
ANSWER_SECONDS = 2.0


class RedisWake:
    """See Wake. Without Redis nobody is rung, and whoever waits waits its time out."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting = redis.lines()
        # The last ring of each topic that was heard here.
        self._heard: dict[str, bytes] = {}

    async def ring(self, topic: str) -> None:
        bell = _bell(topic)
        try:
            await self._redis.ask(
                bell,
                ("XADD", bell, "MAXLEN", 1, "*", "", ""),
                ("EXPIRE", bell, KEPT_SECONDS),
            )
        except StorageUnavailable:
            return  # the work is found by whoever looks

    async def wait(self, topic: str, *, seconds: float) -> bool:
        until = anyio.current_time() + seconds
        try:
            return await self._wait(topic, seconds)
        except StorageUnavailable:
            await anyio.sleep(max(until - anyio.current_time(), 0))
            return False

    async def _wait(self, topic: str, seconds: float) -> bool:
        bell = _bell(topic)
        heard = self._heard.get(topic, b"0")
        # To block for no time would be to block for ever.
        block = ("BLOCK", max(int(seconds * 1000), 1)) if seconds > 0 else ()
        command = ("XREAD", *block, "STREAMS", bell, heard)
        (answer,) = await self._waiting.ask(bell, [command], seconds=seconds + ANSWER_SECONDS)
        if not answer:
            return False
        ((_, entries),) = answer
        self._heard[topic] = entries[-1][0]
        return True


def _bell(topic: str) -> str:
    return f"{PREFIX}wake:{{{topic}}}"
