"""A real server on a loopback port, and a client that speaks in bytes."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvloop
from starlette.types import ASGIApp

from runtime.settings import Settings
from runtime.web.server import Server

PATIENCE_SECONDS = 10.0


@contextmanager
def serving(app: ASGIApp, settings: Settings) -> Iterator[int]:
    """The server in a thread, on the loop that it runs on in production; its port."""
    server = Server(app, settings, lambda: None)
    port = server.listen()
    thread = Thread(target=uvloop.run, args=(server.run_until_stopped(),))
    thread.start()
    try:
        yield port
    finally:
        server.stop(within=1)
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    """A plain connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as sock:
        yield sock


def everything(sock: socket.socket) -> bytes:
    """All bytes until the other side closes; a reset is an error."""
    chunks = []
    while chunk := sock.recv(65_536):
        chunks.append(chunk)
    return b"".join(chunks)


def until(sock: socket.socket, mark: bytes) -> bytes:
    """All bytes up to this mark."""
    got = b""
    while mark not in got:
        chunk = sock.recv(65_536)
        assert chunk, got
        got += chunk
    return got
