"""One connection: uvicorn's, with limits on how long and how large a request may be."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httptools
import uvicorn
from pydantic_core import to_json
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from runtime.errors import Code, Problem
from runtime.settings import Settings
from runtime.web.bodies import BYTES_PER_SECOND
from runtime.web.problems import MEDIA_TYPE, problem_body

MAX_HEAD_BYTES = 32_768
# The application's own deadline for a body comes first, with an answer; this is for the rest.
BODY_LEEWAY_SECONDS = 5.0
KEEP_ALIVE_SECONDS = 75
_HEAD_TOO_LARGE = problem_body(
    Problem(Code.REQUEST_TOO_LARGE, f"The headers are over {MAX_HEAD_BYTES} bytes.")
)
_HEAD_TOO_SLOW = problem_body(Problem(Code.REQUEST_TIMEOUT, "The headers came too slowly."))
# HTTP itself wants 400 for what is no HTTP, and no code of ours has that status for it.
_NOT_HTTP = to_json(
    {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "The request cannot be read as HTTP/1.1.",
    }
)


class Config(uvicorn.Config):
    """uvicorn's, and the limits that its protocol reads."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        super().__init__(
            app,
            http=TimedProtocol,
            ws="none",
            lifespan="on",
            loop="auto",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=list(settings.forwarded_allow_ips),
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
        self.header_seconds = settings.header_seconds
        self.body_seconds = settings.body_seconds
        self.send_seconds = settings.send_seconds


class TimedProtocol(HttpToolsProtocol):
    """One connection that may neither dawdle nor stall; the server calls `sweep` on it."""

    config: Config

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # When the wait for a request's head, or for the rest of its body, began; else None.
        self._head_since: float | None = None
        self._body_since: float | None = None
        self._head_bytes = 0
        self._body_bytes = 0
        self._too_large = False
        self._paused_since = 0.0
        self._paused_bytes = 0
        # For the answer under way, which finds this connection in its scope.
        self.lost = False
        self.on_lost: Callable[[], None] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_since = self.loop.time()
        _give_up_on_the_dead(transport, self.config.send_seconds)

    def data_received(self, data: bytes) -> None:
        # Blank lines before a request begin nothing for the parser but must not stop our watch.
        if self._head_since is None and self._body_since is None:
            self._head_since = self.loop.time()
        if self._head_since is not None and not self._head_bytes:
            self._head_bytes = 1
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.lost = True
        if self.on_lost is not None:
            self.on_lost()

    def listen(self) -> None:
        """Read on: the end of a large body has stopped it, and who leaves would not be heard."""
        if not self.pipeline:
            self.flow.resume_reading()

    def hand_on(self, chunk: bytes) -> bool:
        """Write a piece of the streamed answer under way, past all layers, while the client keeps
        up: none of them has anything to add, and waking a task for it would cost more than it."""
        if self.flow.write_paused or self.transport.is_closing():
            return False
        self.transport.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        return True

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["connection"] = self  # type: ignore[typeddict-unknown-key]
        if self._head_since is None:
            self._head_since = self.loop.time()
        self._head_bytes = 1

    def on_url(self, url: bytes) -> None:
        self._grow(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._grow(len(name) + len(value))
        super().on_header(name, value)

    def _grow(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MAX_HEAD_BYTES:
            self._too_large = True
            raise httptools.HttpParserError("headers too large")

    def on_headers_complete(self) -> None:
        self._head_since = None
        self._head_bytes = 0
        self._body_since = self.loop.time()
        self._body_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._body_since = None
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """What uvicorn says of a request that it cannot parse, in our format."""
        if self._too_large:
            self._refuse(413, _HEAD_TOO_LARGE)
        else:
            self._refuse(400, _NOT_HTTP)

    def _refuse(self, status: int, body: bytes) -> None:
        busy = self.cycle is not None and not self.cycle.response_complete
        # In the middle of an answer, these bytes would be taken for a part of it.
        if not self.pipeline and not (busy and self.cycle.response_started):
            head = (
                f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
                "connection: close\r\ncache-control: no-store\r\n\r\n"
            )
            self.transport.write(STATUS_LINE[status] + head.encode() + body)
        self.transport.close()

    def sweep(self, now: float) -> None:
        """Close the connection if the other side had its time."""
        listening = not self.transport.is_closing()
        if self._is_stuck(now):
            self.transport.abort()
        elif listening and self._has_late_head(now):
            self._end_late_head()
        elif listening and self._has_late_body(now):
            self.transport.close()

    def _has_late_head(self, now: float) -> bool:
        since = self._head_since
        return since is not None and now - since > self.config.header_seconds

    def _has_late_body(self, now: float) -> bool:
        since = self._body_since
        allowed = self.config.body_seconds + BODY_LEEWAY_SECONDS
        return since is not None and now - since > allowed + self._body_bytes / BYTES_PER_SECOND

    def _is_stuck(self, now: float) -> bool:
        """Whether the client took nothing of a full buffer for too long."""
        waiting = self.transport.get_write_buffer_size()
        if not self.flow.write_paused or waiting < self._paused_bytes or not self._paused_bytes:
            self._paused_since = now
        self._paused_bytes = waiting
        return now - self._paused_since > self.config.send_seconds

    def _end_late_head(self) -> None:
        if self._head_bytes:
            self._refuse(408, _HEAD_TOO_SLOW)
        else:
            self.transport.close()


def _give_up_on_the_dead(transport: asyncio.Transport, seconds: float) -> None:
    """Let the kernel, where it can, end connections whose peer acknowledges nothing any more."""
    sock = transport.get_extra_info("socket")
    with suppress(AttributeError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000))
