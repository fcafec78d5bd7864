"""All that is used of redis-py: its addresses, and its connections without their second tries."""

import asyncio
import math
from collections.abc import Sequence
from typing import Any, cast

from hiredis import pack_command
from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.crc import key_slot
from redis.exceptions import RedisError, ResponseError

from storage.errors import StorageUnavailable
from storage.redis.link import Address, Command, Link, Reply

CONNECT_SECONDS = 2.0


class Driver:
    """Makes connections as a URL says."""

    def __init__(self, url: str) -> None:
        options: dict[str, Any] = dict(parse_url(url))
        self._kind: type[AbstractConnection] = options.pop("connection_class", Connection)
        self._options = options | {
            "protocol": 2,
            # Its own retries send a command again that may have been carried out, and its
            # timeouts cost a timer a reply: both are left to who knows what the command does.
            "retry": Retry(NoBackoff(), 0),
            "socket_timeout": None,
            "socket_connect_timeout": CONNECT_SECONDS,
        }
        host = options.get("host") or options.get("path") or "localhost"
        self.home: Address = (host, options.get("port", 6379))

    def link(self, address: Address) -> Link:
        options = dict(self._options)
        if "path" not in options:
            options["host"], options["port"] = address
        return _Link(self._kind(**options))


def slot(key: str) -> int:
    """Which of a cluster's 16384 places a key is at."""
    return int(key_slot(key.encode()))


class _Link:
    """See Link."""

    def __init__(self, connection: AbstractConnection) -> None:
        self._connection = connection
        # Replies that are still to come.
        self._pending = 0

    async def ask(self, commands: Sequence[Command], *, seconds: float) -> list[Reply]:
        try:
            # Twice a window in each process: a cancel scope costs three times as much.
            async with asyncio.timeout(seconds):
                return await self._ask(commands)
        except (RedisError, OSError) as failure:
            raise StorageUnavailable(f"Redis does not answer: {failure}") from failure
        finally:
            # Whoever gave up half-way leaves replies behind that are not the next one's.
            if self._pending:
                self._pending = 0
                await self.close()

    async def _ask(self, commands: Sequence[Command]) -> list[Reply]:
        connection = self._connection
        self._pending = len(commands)
        if not connection.is_connected:
            await connection.connect_check_health(check_health=False)
        packed = [pack_command(cast(Any, tuple(command))) for command in commands]
        await connection.send_packed_command(packed, check_health=False)
        replies = []
        while self._pending:
            replies.append(await self._reply())
            self._pending -= 1
        return replies

    async def _reply(self) -> Reply:
        try:
            return await self._connection.read_response(timeout=math.inf)
        except ResponseError as refusal:
            return refusal

    async def close(self) -> None:
        await self._connection.disconnect(nowait=True)
