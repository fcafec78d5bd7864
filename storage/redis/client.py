"""Redis as the stores use it: commands by key, scripts by text, connections by purpose."""

from collections.abc import Sequence
from hashlib import sha1

import anyio

from storage.errors import StorageUnavailable
from storage.redis.link import Address, Command, Link, Reply
from storage.redis.routes import Routes

# Nobody waits longer for an answer than this, whatever the reason.
ASK_SECONDS = 2.0
PAUSE_SECONDS = 0.05
MOST_LINKS = 16
# redis-py takes the word that says so off the text and makes a class of it.
ELSEWHERE = {"MovedError", "AskError", "TryAgainError", "ClusterDownError", "ReadOnlyError"}
# All keys with the same words between braces live on one server of a cluster.
PREFIX = "eryao:"


class Refused(StorageUnavailable):
    """Redis said no to a command; asked again it would say no again."""


class Script:
    """A Lua script: the only way to do several things to a key at once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.digest = sha1(text.encode(), usedforsecurity=False).hexdigest()

    def call(self, keys: Sequence[str], args: Sequence[str | bytes | int | float]) -> Command:
        return ("EVALSHA", self.digest, len(keys), *keys, *args)

    def in_full(self, call: Command) -> Command:
        return ("EVAL", self.text, *call[2:])


class Redis:
    """One Redis, or a cluster of them; nothing is connected before the first question."""

    def __init__(self, url: str) -> None:
        self._routes = Routes(url)
        self._learning = anyio.Lock()
        self._lines: list[Lines] = []
        self._shared = self.lines()

    def lines(self) -> "Lines":
        """Connections for one purpose, so that no other one waits behind it."""
        lines = Lines(self)
        self._lines.append(lines)
        return lines

    async def ask(self, key: str, *commands: Command) -> list[Reply]:
        """Commands on keys that live where this one does; their replies, or StorageUnavailable."""
        return await self._shared.ask(key, commands)

    async def run(self, script: Script, keys: Sequence[str], *args: str | bytes | float) -> Reply:
        """One script; every key must live where the first one does."""
        return await self._shared.run(script, keys, *args)

    async def learn(self) -> None:
        async with self._learning:
            if not self._routes.is_known:
                await self._routes.learn(seconds=ASK_SECONDS)

    async def ping(self) -> None:
        """Raise StorageUnavailable unless it answers."""
        await self.ask("", ("PING",))

    @property
    def routes(self) -> Routes:
        return self._routes

    async def close(self) -> None:
        for lines in self._lines:
            await lines.close()


class Lines:
    """Some connections to each server."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._idle: dict[Address, list[Link]] = {}
        self._room: dict[Address, anyio.Semaphore] = {}

    async def run(self, script: Script, keys: Sequence[str], *args: str | bytes | float) -> Reply:
        call = script.call(keys, args)
        try:
            (reply,) = await self.ask(keys[0], [call])
        except Refused as refusal:
            if "NOSCRIPT" not in str(refusal):
                raise
            (reply,) = await self.ask(keys[0], [script.in_full(call)])
        return reply

    async def ask(
        self, key: str, commands: Sequence[Command], *, seconds: float = ASK_SECONDS
    ) -> list[Reply]:
        """The replies of commands that all go where this key lives.

        Tried again where it cannot do harm or the commands can be repeated without any: every
        caller's can.
        """
        deadline = anyio.current_time() + seconds
        tried = 0
        while True:
            tried += 1
            try:
                return await self._once(key, commands, deadline - anyio.current_time())
            except _Elsewhere:
                self._redis.routes.forget()
                patient = tried < 20
            except Refused:
                raise
            except StorageUnavailable:
                # A connection that idled may have been cut by a restart; a new one will tell.
                self._redis.routes.forget()
                patient = tried < 2
            if not patient or anyio.current_time() >= deadline:
                raise StorageUnavailable("Redis does not answer")
            await anyio.sleep(PAUSE_SECONDS if tried > 1 else 0)

    async def _once(self, key: str, commands: Sequence[Command], seconds: float) -> list[Reply]:
        if not self._redis.routes.is_known:
            await self._redis.learn()
        address = self._redis.routes.address(key)
        room = self._room.get(address)
        if room is None:
            room = self._room[address] = anyio.Semaphore(MOST_LINKS)
        await _enter(room, seconds)
        idle = self._idle.setdefault(address, [])
        link = idle.pop() if idle else self._redis.routes.link(address)
        try:
            replies = await link.ask(commands, seconds=seconds)
        finally:
            idle.append(link)
            room.release()
        for reply in replies:
            if isinstance(reply, Exception):
                raise _judged(reply)
        return replies

    async def close(self) -> None:
        for links in self._idle.values():
            for link in links:
                await link.close()
        self._idle.clear()


async def _enter(room: anyio.Semaphore, seconds: float) -> None:
    try:
        room.acquire_nowait()  # almost always; a wait with a limit is dear beside a question
    except anyio.WouldBlock:
        with anyio.move_on_after(seconds) as waiting:
            await room.acquire()
        if waiting.cancelled_caught:
            raise StorageUnavailable("too many wait for Redis") from None


class _Elsewhere(Exception):
    """The key lives on another server by now, or on none just now."""


def _judged(refusal: Exception) -> Exception:
    text = str(refusal)
    name = type(refusal).__name__
    if name in ELSEWHERE:
        return _Elsewhere(text)
    if name == "NoScriptError":
        return Refused("NOSCRIPT")
    if name == "OutOfMemoryError" or text.startswith(("MISCONF", "NOREPLICAS", "LOADING")):
        return StorageUnavailable(f"Redis takes nothing just now: {text}")
    return Refused(text)
