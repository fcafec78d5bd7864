"""A server that says whatever a test wants it to say, to whoever calls."""

import json
import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


def stream(*events: Any, ids: str = "t-1") -> bytes:
    """Events as frames; bytes are sent as they are."""
    told = (each if isinstance(each, bytes) else json.dumps(each).encode() for each in events)
    return STREAM + b"".join(b"id: " + ids.encode() + b"\ndata: " + e + b"\n\n" for e in told)


def answer(status: str, body: Any, *headers: str) -> bytes:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = "\r\n".join([f"HTTP/1.1 {status}", "Connection: close", *headers])
    return head.encode() + b"\r\n\r\n" + text


class HostileServer:
    """Says the same to everybody, but for what is asked about the waiting calls."""

    def __init__(self, said: bytes, *, flood: Iterable[bytes] = (), calls: Any = ()) -> None:
        self._said, self._flood = said, flood
        self._calls = answer("200 OK", {"items": [*calls]})
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self.asked = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def _serve(self) -> None:
        with suppress(OSError):  # the door is closed
            while True:
                caller, _ = self._door.accept()
                self.asked += 1
                with caller, suppress(OSError):  # who was told too much has gone
                    self._tell(caller)

    def _tell(self, caller: socket.socket) -> None:
        heard = caller.recv(65_536)
        if b"/tool-calls" in heard:
            caller.sendall(self._calls)
            return
        caller.sendall(self._said)
        for part in self._flood:
            caller.sendall(part)
        caller.shutdown(socket.SHUT_WR)
        while caller.recv(65_536):
            pass
