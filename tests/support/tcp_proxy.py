"""A way to a server that a test can cut, at the word it chooses."""

import socket
import threading
from contextlib import suppress


class TcpProxy:
    """Passes on what is said; from `cut_after(word)` on, what a server answers to it is lost."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._word: bytes | None = None
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_after(self, word: bytes) -> None:
        """The next time a client says this, the server hears it and the client hears no answer."""
        self._word = word

    def cut(self) -> None:
        """Whoever is connected is so no more."""
        held, self._open = self._open, []
        for end in held:
            _close(end)

    def close(self) -> None:
        _close(self._listener)
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._to))
                self._open += [client, server]
                for source, target in ((client, server), (server, client)):
                    passing = threading.Thread(
                        target=self._pass_on, args=(source, target, client), daemon=True
                    )
                    passing.start()

    def _pass_on(self, source: socket.socket, target: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while said := source.recv(65_536):
                if source is client and self._word is not None and self._word in said:
                    self._word = None
                    _close(client)  # first: the answer may be here before the next line
                    target.sendall(said)
                    target.shutdown(socket.SHUT_WR)  # the server ends in its own time
                    return
                target.sendall(said)
        _close(source)
        _close(target)


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
