"""Clients that read on while a test does other things, leave when told, and note how it ended."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from tests.support import web
from tests.support.api import Api, Body, SeenEvent, events_in, frames_in

DEADLINE_SECONDS = 12
T = TypeVar("T")


class Viewer:
    """One open stream, read on a thread of its own down to the last byte."""

    def __init__(self, api: Api, method: str, path: str, body: Any = None, **headers: str) -> None:
        address = urlsplit(api.url)
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port)
        self._connection.timeout = DEADLINE_SECONDS
        sent = {"Authorization": f"Bearer {api.token}", "Accept": "text/event-stream", **headers}
        if body is not None:
            sent["Content-Type"] = "application/json"
        self._connection.request(
            method, f"/api/v1{path}", json.dumps(body) if body is not None else None, sent
        )
        self._socket: socket.socket = self._connection.sock
        self._changed = threading.Condition()
        self._bytes = b""
        self.status = 0
        self.headers: dict[str, str] = {}
        # True for an answer that ended as HTTP has it, False for one that broke off.
        self.whole: bool | None = None
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.leave()

    @classmethod
    def of(cls, api: Api, body: Body, after: str | None = None, query: str = "") -> Self:
        """Follow a run's events."""
        path = f"/agent/sessions/{body.thread}/events?runId={body.run}{query}"
        headers = {"Last-Event-ID": after} if after else {}
        return cls(api, "GET", path, **headers)

    @classmethod
    def starting(cls, api: Api, body: Body, **changes: Any) -> Self:
        """Start a run and read its answer."""
        return cls(api, "POST", "/agent/runs", body.json(**changes))

    # --- what was read ----------------------------------------------------------------------

    @property
    def raw(self) -> bytes:
        return self._bytes

    @property
    def frames(self) -> list[bytes]:
        return frames_in(self._bytes)

    @property
    def events(self) -> list[SeenEvent]:
        return events_in(self._bytes)

    @property
    def kinds(self) -> list[str]:
        return [event.type for event in self.events]

    @property
    def last_id(self) -> str | None:
        return self.events[-1].id if self.frames else None

    # --- waiting ----------------------------------------------------------------------------

    def until(self, holds: Callable[[Self], bool]) -> Self:
        """Read on until this holds."""
        with self._changed:
            held = self._changed.wait_for(lambda: holds(self), DEADLINE_SECONDS)
        assert held, f"{self.status}, whole: {self.whole}, {self._bytes[-500:]!r}"
        return self

    def answered(self) -> Self:
        return self.until(lambda viewer: bool(viewer.status) or viewer.whole is not None)

    def ended(self) -> Self:
        return self.until(lambda viewer: viewer.whole is not None)

    def seen(self, kind: str, times: int = 1) -> Self:
        return self.until(lambda viewer: viewer.kinds.count(kind) >= times)

    def leave(self) -> None:
        """Go without a word, as a phone does."""
        with suppress(OSError):  # the server was first
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(DEADLINE_SECONDS)

    def _read(self) -> None:
        try:
            with self._connection.getresponse() as response:
                self._note(response)
                while chunk := response.read1(65_536):
                    with self._changed:
                        self._bytes += chunk
                        self._changed.notify_all()
            self._end(whole=True)
        except (http.client.HTTPException, OSError):
            self._end(whole=False)

    def _note(self, response: http.client.HTTPResponse) -> None:
        with self._changed:
            self.status = response.status
            self.headers = {name.lower(): value for name, value in response.getheaders()}
            self._changed.notify_all()

    def _end(self, *, whole: bool) -> None:
        self._connection.close()
        with self._changed:
            self.whole = whole
            self._changed.notify_all()


def at_once(times: int, work: Callable[[int], T]) -> list[T]:
    """What `work` returns for 0, 1, 2 …, all of them let go at the same moment."""
    gate = threading.Barrier(times)
    results: dict[int, T] = {}

    def run(number: int) -> None:
        gate.wait(DEADLINE_SECONDS)
        results[number] = work(number)

    threads = [threading.Thread(target=run, args=(n,), daemon=True) for n in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_SECONDS)
    assert len(results) == times, f"only {len(results)} of {times} came back"
    return [results[number] for number in range(times)]


def wait_until(holds: Callable[[], bool], seconds: float = DEADLINE_SECONDS) -> None:
    """Return as soon as this holds; fail after the deadline."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold in time"
        time.sleep(0.02)


def free_slots(api: Api, live: Body) -> int:
    """How many streams of a run that is still going can be open at once, up to three."""
    before = open_streams(api)
    viewers = [Viewer.of(api, live).answered() for _ in range(3)]
    for viewer in viewers:
        viewer.leave()
    wait_until(lambda: open_streams(api) <= before)
    return sum(viewer.status == 200 for viewer in viewers)


def open_streams(api: Api) -> int:
    """How many streams the server itself believes to be open."""
    counted = web.get(f"{api.url}/metrics").text
    return int(float(counted.partition("\neryao_open_streams ")[2].partition("\n")[0]))
