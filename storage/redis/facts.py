"""What a Redis says of itself, for whoever looks after an installation."""

from dataclasses import dataclass
from time import perf_counter

from storage.redis.client import Redis


@dataclass(frozen=True, slots=True)
class Facts:
    """One server's; of a cluster's, the one that the URL names."""

    version: tuple[int, ...]
    # What it does when its memory is full, and whether it has a limit at all.
    eviction: str
    limited: bool
    seconds: float

    @property
    def forgets(self) -> bool:
        """Whether it may drop what is still needed."""
        return self.limited and self.eviction != "noeviction"


async def facts_of(url: str) -> Facts:
    """Raises StorageUnavailable where it does not answer."""
    redis = Redis(url)
    try:
        await redis.ping()  # the connection's making is not its latency
        asked_at = perf_counter()
        replies = await redis.ask("", ("INFO", "server"), ("INFO", "memory"))
        seconds = perf_counter() - asked_at
    finally:
        await redis.close()
    told: dict[str, str] = {}
    for line in b"\n".join(replies).decode().splitlines():
        name, _, value = line.partition(":")
        told[name] = value.strip()
    version = tuple(int(part) for part in told["redis_version"].split(".") if part.isdigit())
    limited = told.get("maxmemory", "0") != "0"
    return Facts(version, told.get("maxmemory_policy", "noeviction"), limited, seconds)
