"""An endpoint that speaks chat completions as it is told to, well or badly, over real sockets.

Written on bare sockets, since a web server would not reset a connection or tear a chunk.
"""

import json
import os
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

DEADLINE_SECONDS = 12


class Doing(Enum):
    """What an endpoint does besides sending."""

    WAIT = auto()  # until the test opens the gate
    STALL = auto()  # until the client leaves
    RESET = auto()
    TEAR = auto()  # close in the middle of the body


Step = bytes | Doing


@dataclass(frozen=True)
class Reply:
    """One answer: each step of bytes is one write, and one chunk of the body."""

    steps: Sequence[Step] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    headers: Mapping[str, str]
    body: Any

    @property
    def messages(self) -> list[Any]:
        return list(self.body["messages"])

    def told(self, role: str) -> str:
        return "\n".join(str(said["content"]) for said in self.messages if said["role"] == role)

    @property
    def format(self) -> str:
        """How firmly a document was asked for; nothing where only words were."""
        return str(self.body.get("response_format", {}).get("type", ""))


class ModelEndpoint:
    """Gives its replies one after the other, the last one again and again; remembers who asked."""

    def __init__(self, *replies: Reply, tls: ssl.SSLContext | None = None) -> None:
        self.replies = list(replies) or [answer("Good fortune.")]
        self.asked: list[Asked] = []
        # Its answers to the `response_format`s that it does not take.
        self.refusing: dict[str, Reply] = {}
        self.connections = 0
        self.gone = 0
        self.was_asked = threading.Event()
        self.gate = threading.Event()
        self.left = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._scheme = "http"
        if tls:
            self._scheme = "https"
            # The handshake is the handler's, which closes what a stranger leaves.
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.gate.set()
        self._server.shutdown()
        self._thread.join(DEADLINE_SECONDS)
        self._server.server_close()
        assert not self._server.failures, self._server.failures

    def take(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            self.was_asked.set()
            if asked.format in self.refusing:
                return self.refusing[asked.format]
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, endpoint: ModelEndpoint) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.endpoint = endpoint
        self.failures: list[BaseException] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves is no failure of ours."""
        failure = sys.exception()
        if failure is not None and not isinstance(failure, OSError):
            self.failures.append(failure)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        self.server.endpoint.connections += 1
        super().setup()

    def finish(self) -> None:
        self.server.endpoint.gone += 1
        super().finish()

    def do_POST(self) -> None:
        endpoint = self.server.endpoint
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        asked = Asked({name.lower(): value for name, value in self.headers.items()}, body)
        reply = endpoint.take(asked)
        # Whoever is asked as a proxy is asked for a whole address.
        assert self.path.endswith("/v1/chat/completions"), self.path
        try:
            self._send_head(reply)
            for step in reply.steps:
                if not self._play(step, endpoint):
                    return
            self.wfile.write(b"0\r\n\r\n")
        except OSError:  # the client has left
            endpoint.left.set()
            self.close_connection = True

    def _send_head(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        kind = "text/event-stream" if reply.status == 200 else "application/json"
        for name, value in {"Content-Type": kind, **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _play(self, step: Step, endpoint: ModelEndpoint) -> bool:
        """Do one step; False where no other can follow."""
        match step:
            case bytes():
                self.wfile.write(b"%x\r\n%s\r\n" % (len(step), step))
            case Doing.WAIT:
                assert endpoint.gate.wait(DEADLINE_SECONDS)
            case Doing.STALL:
                self.connection.settimeout(DEADLINE_SECONDS)
                if not self.connection.recv(1):
                    endpoint.left.set()
            case Doing.RESET:
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                # Closed here and now: the server would say goodbye first.
                os.close(self.connection.detach())
        self.close_connection = step in (Doing.STALL, Doing.RESET, Doing.TEAR)
        return not self.close_connection

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


# --- what a stream is made of --------------------------------------------------------------------

DONE = b"data: [DONE]\n\n"


def event(chunk: object) -> bytes:
    return b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n"


def delta(finish: str | None = None, **members: object) -> bytes:
    choice = {"index": 0, "delta": members, "finish_reason": finish}
    return event({"object": "chat.completion.chunk", "model": "echo", "choices": [choice]})


def says(text: str) -> bytes:
    return delta(content=text)


def calls(
    index: int | None, name: str | None = None, arguments: str = "", call_id: str | None = None
) -> bytes:
    """A fragment of a tool call; what is None is left out, as servers do."""
    function = {"name": name, "arguments": arguments}
    call = {"index": index, "id": call_id, "type": "function"}
    given: dict[str, object] = {key: value for key, value in call.items() if value is not None}
    given["function"] = {key: value for key, value in function.items() if value is not None}
    return delta(tool_calls=[given])


def counts(sent: int, answered: int) -> bytes:
    usage = {"prompt_tokens": sent, "completion_tokens": answered}
    return event({"object": "chat.completion.chunk", "choices": [], "usage": usage})


def answer(*words: str, finish: str = "stop") -> Reply:
    """A whole answer of these words, as most servers give one."""
    begun = delta(role="assistant", content="")
    return Reply([begun, *map(says, words), delta(finish), counts(7, len(words)), DONE])


def calling(*fragments: bytes) -> Reply:
    return Reply([*fragments, delta("tool_calls"), DONE])


def refusal(status: int, code: str = "", message: str = "no", **headers: str) -> Reply:
    error = {"error": {"message": message, "type": "trouble", "code": code}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply([json.dumps(error).encode()], status, named)
