"""An endpoint that lists its models, for whoever asks with the right key."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


class ModelList:
    """Answers GET /v1/models; nothing else may be asked of it."""

    def __init__(self, *names: str, key: str = "", status: int = 200) -> None:
        self.names = names
        self.key = key
        self.status = status
        self.asked: list[str] = []
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, authorization: str) -> tuple[int, object]:
        self.asked.append(path)
        if self.key and authorization != f"Bearer {self.key}":
            return 401, {}
        return self.status, {"data": [{"id": name} for name in self.names]}


class _Server(ThreadingHTTPServer):
    def __init__(self, models: ModelList) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.models = models


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        status, said = self.server.models.answer(self.path, self.headers.get("Authorization", ""))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return
