"""Serving: the address, the sweep over slow connections, and signals that are ours."""

import asyncio
import logging
import math
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from runtime.settings import Settings
from runtime.web.connection import Config, TimedProtocol
from runtime.web.listening import bound

SWEEP_SECONDS = 1.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_log = logging.getLogger(__name__)


class Server(uvicorn.Server):
    """Serves until stop(); the first signal only calls `on_signal`, a second one ends it at once.

    sse-starlette replaces uvicorn's `handle_exit` when it is imported. Nothing here leads there:
    the drain is ours.
    """

    config: Config

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        on_signal: Callable[[], None],
        *,
        chosen_by: str = "ERYAO_PORT",
    ) -> None:
        super().__init__(Config(app, settings))
        self._chosen_by = chosen_by
        self._address = settings.host, settings.port
        self._socket: socket.socket | None = None
        self._on_signal = on_signal
        self._signals = 0
        self.broken = False
        self._every = max(1, round(min(SWEEP_SECONDS, settings.header_seconds / 4) * 10))

    def listen(self) -> int:
        """Take the address, or raise CannotListen; the port, also where any was asked for."""
        if self._socket is None:
            self._socket = bound(*self._address, chosen_by=self._chosen_by)
        return int(self._socket.getsockname()[1])

    async def run_until_stopped(self) -> None:
        """Serve until stop() has been called and open answers have ended."""
        port = self.listen()
        _log.info("listening", extra={"port": port})
        await self.serve(sockets=[self._socket] if self._socket else None)

    def stop(self, within: float = 2.0) -> None:
        """Take no more connections; what is still open after so many seconds is cut."""
        self.config.timeout_graceful_shutdown = max(1, math.ceil(within))
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        # uvicorn ticks ten times a second anyway: one timer for all connections.
        if counter % self._every == 0:
            now = asyncio.get_running_loop().time()
            for connection in tuple(self.server_state.connections):
                assert isinstance(connection, TimedProtocol)
                connection.sweep(now)
        if getattr(self.lifespan, "error_occured", False):
            # A part of the application died: better to end and be started again than to look alive.
            self.broken = True
            self.should_exit = True
        return await super().on_tick(counter)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()

        # No bound method: sse-starlette looks for a server behind the handler, to end streams.
        def handle(number: int, _frame: object) -> None:
            loop.call_soon_threadsafe(self._signalled, signal.Signals(number))

        before = {number: signal.signal(number, handle) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _signalled(self, number: signal.Signals) -> None:
        self._signals += 1
        if self._signals == 1:
            _log.info("told to stop", extra={"signal": number.name})
            self._on_signal()
        else:
            _log.warning("told to stop again: leaving at once", extra={"signal": number.name})
            self.force_exit = True
            self.should_exit = True


async def serve(
    app: ASGIApp, settings: Settings, on_signal: Callable[["Server"], None] | None = None
) -> None:
    """Serve until told to stop; `on_signal` gets the server once, and owes it a stop()."""
    server = Server(app, settings, lambda: (on_signal or Server.stop)(server))
    await server.run_until_stopped()
