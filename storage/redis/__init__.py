"""Which Redis a URL means; nothing of redis-py is known beyond this folder."""

from storage.redis.client import Redis


def redis_from(url: str) -> Redis | None:
    """The Redis behind a URL, not connected yet; none without one."""
    return Redis(url) if url else None
