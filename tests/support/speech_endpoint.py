"""An endpoint for transcriptions that answers as it is told to, over real sockets."""

import json
import sys
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

STALL_SECONDS = 12


@dataclass(frozen=True)
class Heard:
    """One request as it came."""

    path: str
    authorization: str
    body: bytes


class SpeechEndpoint:
    """Gives one answer to all; remembers what it was sent."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.gate = threading.Event()
        self.says("good fortune")
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def says(self, text: str) -> None:
        self.answers(200, json.dumps({"text": text}).encode())

    def answers(self, status: int, body: bytes, *, stalls: bool = False, **headers: str) -> None:
        self.heard.clear()
        self.status, self.body, self.stalls, self.headers = status, body, stalls, headers

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.gate.set()
        self._server.shutdown()
        self._thread.join(STALL_SECONDS)
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, endpoint: SpeechEndpoint) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.endpoint = endpoint

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves is no failure of ours."""
        failure = sys.exception()
        assert isinstance(failure, OSError), failure


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        endpoint = self.server.endpoint
        if "content-length" in self.headers:
            body = self.rfile.read(int(self.headers["content-length"]))
        else:
            body = self._chunks()
        endpoint.heard.append(Heard(self.path, self.headers.get("authorization", ""), body))
        if endpoint.stalls:
            endpoint.gate.wait(STALL_SECONDS)
        self.send_response_only(endpoint.status)
        for name, value in endpoint.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(endpoint.body)))
        self.end_headers()
        self.wfile.write(endpoint.body)

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""
