"""Streams of ready-made SSE frames, handed to their connection as soon as they are durable.

sse-starlette's response spends a cancel scope, a copy and a log line on every chunk, and three
tasks on every connection. This subclass keeps its headers, and owns the sending path: the frames of
the log go out as they are, and one clock pings all quiet streams. The one task of a stream sleeps
but for a client that is behind, a ping, and the end; its connection says when the client has gone.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Protocol

import anyio
from sse_starlette import EventSourceResponse
from sse_starlette.sse import AppStatus
from starlette.types import Message, Receive, Scope, Send

from runtime.upkeep import forever

# The drain is ours: the library's own would cut every stream at the first signal.
AppStatus.enable_automatic_graceful_drain = False

PING = b": ping\n\n"
TICK_SECONDS = 1.0
RETRY_MS = (1_000, 4_000)
# A drain ends its streams over this time, so that their clients do not all come back at once.
DRAIN_SPREAD_SECONDS = 1.5


class Source(Protocol):
    """Where a stream's frames come from."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def next(self, hand_on: Callable[[bytes], bool] | None = None) -> bytes | None:
        """Frames, or b"" when poked, or None at the end; what comes in the meantime may be handed
        on for as long as it is taken."""

    @property
    def position(self) -> int:
        """How far it has come, handed on or not."""

    def poke(self) -> None: ...

    def close(self) -> None: ...


class Connection(Protocol):
    """What is below a stream: it says when the client has gone, so that no task need listen."""

    lost: bool
    on_lost: Callable[[], None] | None

    def listen(self) -> None:
        """Hear of it from now on, whatever is still unread."""

    def hand_on(self, chunk: bytes) -> bool:
        """Write a piece of the streamed answer at once; False where it must wait."""


class EventStream(EventSourceResponse):
    """One viewer. It owns what it holds: source and slot go back however the client leaves."""

    def __init__(
        self,
        source: Source,
        keeper: "StreamKeeper",
        *,
        release: Callable[[], Awaitable[None]],
        until_end: bool,
        lasting: float = float("inf"),
    ) -> None:
        # Not the library's own __init__: what it makes is for the sending path that is not used.
        self.status_code = 200
        self.raw_headers = _HEADERS
        self.background = None
        self.body_iterator = source
        self._source = source
        self._keeper = keeper
        self._release = release
        # A stream that answers a POST ends with its run: its client takes any end for success.
        self.until_end = until_end
        # In seconds: who may no longer ask may no longer listen.
        self.lasting = lasting
        self.quiet_since = 0.0
        # Where the keeper saw it at its last look: what is handed on looks at no clock.
        self._place = 0
        self.ends_at = float("inf")
        self._ping_due = False
        self._retired = False
        self._cut = False
        self._left = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Leave it to the outermost layer, which runs `stream` when all others have let go."""
        scope["stream"] = partial(self.stream, scope, send)

    async def stream(self, scope: Scope, send: Send) -> None:
        """Send all that there is, until its end or the client's."""
        try:
            if scope["method"] == "HEAD":
                await send(self._start())
                await send({"type": "http.response.body", "body": b""})
            else:
                await self._stream(scope["connection"], send)
        finally:
            self._source.close()
            with anyio.CancelScope(shield=True):
                await self._release()

    def ping(self) -> None:
        """Send a comment, should nothing else be on its way."""
        self._ping_due = True
        self._source.poke()

    def has_moved(self) -> bool:
        """Whether anything came since the last time this was asked."""
        before, self._place = self._place, self._source.position
        return self._place != before

    def retire(self) -> None:
        """End the answer in good order before its log does; the client returns with its cursor."""
        self._retired = True
        self._source.poke()

    def cut(self) -> None:
        """Break the answer off, so that no client can take it for whole."""
        self._cut = True
        self._source.poke()

    def leave(self) -> None:
        """The client has gone: send nothing more. What is being sent ends at once by itself."""
        self._left = True
        self._source.poke()

    async def _stream(self, connection: Connection, send: Send) -> None:
        self._keeper.add(self)
        connection.on_lost, self._left = self.leave, connection.lost
        connection.listen()
        try:
            await self._send_frames(connection, send)
        finally:
            connection.on_lost = None
            self._keeper.remove(self)

    async def _send_frames(self, connection: Connection, send: Send) -> None:
        await send(self._start())
        await send(_body(f"retry: {_retry()}\n\n".encode()))
        while not self._left:
            self.quiet_since = _now()
            chunk = await self._source.next(connection.hand_on)
            if chunk:
                await send(_body(chunk))
            elif chunk is None or self._retired:
                # Before the client can know of the end: it may come back at once.
                await self._release()
                await send({"type": "http.response.body", "body": b""})
                return
            elif self._cut:
                return  # no final chunk: the server below closes the connection
            elif self._ping_due:
                await send(_body(PING))
            self._ping_due = False

    def _start(self) -> Message:
        return {"type": "http.response.start", "status": 200, "headers": self.raw_headers}


# The library's headers, made once: they are the same for every stream.
_HEADERS = EventSourceResponse(iter(()), headers={"cache-control": "no-store"}).raw_headers


class StreamKeeper:
    """All streams of this process, and the one clock that keeps them."""

    def __init__(self, *, heartbeat_seconds: float, stream_seconds: float) -> None:
        self._heartbeat = heartbeat_seconds
        self._lifetime = stream_seconds
        self._streams: set[EventStream] = set()
        self._draining = False
        self._changed = anyio.Event()

    def __len__(self) -> int:
        return len(self._streams)

    def add(self, stream: EventStream) -> None:
        now = _now()
        stream.quiet_since = now
        if not stream.until_end:
            spread = random.uniform(0.8, 1.2)  # noqa: S311 - only against a herd
            stream.ends_at = now + min(self._lifetime * spread, stream.lasting)
        self._streams.add(stream)
        if self._draining:
            self._let_go(stream)

    def remove(self, stream: EventStream) -> None:
        self._streams.discard(stream)
        self._changed.set()
        self._changed = anyio.Event()

    async def run(self) -> None:
        """Ping the quiet, retire the old, until cancelled."""
        await forever(self._look, name="stream keeper")

    async def _look(self) -> None:
        await anyio.sleep(min(TICK_SECONDS, self._heartbeat / 4))
        now = _now()
        for stream in tuple(self._streams):
            if stream.has_moved():
                stream.quiet_since = now
            if now >= stream.ends_at:
                stream.retire()
            elif now - stream.quiet_since >= self._heartbeat:
                stream.ping()

    def drain(self) -> None:
        """Let those go that can come back elsewhere; an answer to a POST ends with its run."""
        self._draining = True
        for stream in tuple(self._streams):
            self._let_go(stream)

    async def cut(self) -> None:
        """Once all had their time to end, break off what is left: its runs will not end here."""
        with anyio.move_on_after(DRAIN_SPREAD_SECONDS + TICK_SECONDS):
            while self._streams:
                await self._changed.wait()
        for stream in tuple(self._streams):
            stream.cut()

    def _let_go(self, stream: EventStream) -> None:
        if not stream.until_end:
            spread = random.uniform(0, DRAIN_SPREAD_SECONDS)  # noqa: S311 - only against a herd
            stream.ends_at = min(stream.ends_at, _now() + spread)


def _now() -> float:
    # anyio's own looks for its backend first, which costs more than the rest of a small send.
    return asyncio.get_running_loop().time()


def _body(chunk: bytes) -> Message:
    return {"type": "http.response.body", "body": chunk, "more_body": True}


def _retry() -> int:
    return random.randint(*RETRY_MS)  # noqa: S311 - only against a herd
