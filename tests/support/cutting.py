"""A proxy on the loopback that cuts what comes from the server, once for each length given."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class CuttingProxy:
    """Passes bytes both ways; its first connections end after so many bytes of the answer."""

    def __init__(self, url: str, *, cuts: list[int]) -> None:
        address = urlsplit(url)
        self._server = (address.hostname or "", address.port or 80)
        self._cuts = cuts
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self._open: list[socket.socket] = [self._door]
        self.cut = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _serve(self) -> None:
        with suppress(OSError):  # the door is closed
            while True:
                client, _ = self._door.accept()
                server = socket.create_connection(self._server)
                self._open += [client, server]
                left = self._cuts.pop(0) if self._cuts else None
                for way in ((client, server, None), (server, client, left)):
                    threading.Thread(target=self._pass, args=way, daemon=True).start()

    def _pass(self, giver: socket.socket, taker: socket.socket, left: int | None) -> None:
        with suppress(OSError):
            while data := giver.recv(65_536):
                taker.sendall(data[:left])
                left = None if left is None else left - len(data)
                if left is not None and left <= 0:
                    self.cut += 1
                    break
        for end in (giver, taker):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
