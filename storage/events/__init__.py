"""Which event log a server has."""

from storage.events.base import EventLog
from storage.events.redis import RedisEventLog
from storage.events.sqlite import SqliteEventLog
from storage.redis.client import Redis
from storage.sql.database import Database


def events_from(redis: Redis | None, database: Database, *, window: float) -> EventLog:
    """A log that every process can follow; without Redis, one in this process's database."""
    if redis is None:
        return SqliteEventLog(database, window=window)
    return RedisEventLog(redis, window=window)
