"""A client of many servers: it goes on at whichever is up, from the last event that it saw."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Self

import httpx2

from tests.support import web
from tests.support.api import EVENT_STREAM, Api, Body, SeenEvent, events_of

PATIENCE_SECONDS = 25.0
PAUSE_SECONDS = 0.1
# Heartbeats come each second: a line that is quiet for longer is dead.
QUIET_SECONDS = 4.0
LAST = {"RUN_FINISHED", "RUN_ERROR"}
PASSING = {429, 503}


class Follower:
    """One run from its POST to its last event, by the rules of docs/clients.md."""

    def __init__(
        self, doors: Sequence[Api], body: Body, *, first: int = 0, posts: bool = True
    ) -> None:
        self._doors = doors
        self._body = body
        self._door = first
        self._posts = posts
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self.events: list[SeenEvent] = []
        # How often it had to connect, and what it was refused with in between.
        self.connections = 0
        self.passing: list[Any] = []
        self.problem: Any = None
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(PATIENCE_SECONDS)

    @property
    def kinds(self) -> list[str]:
        return [event.type for event in self.events]

    @property
    def is_over(self) -> bool:
        return bool(self.problem) or bool(self.events and self.events[-1].type in LAST)

    def until(self, holds: Callable[[Self], bool], seconds: float = PATIENCE_SECONDS) -> Self:
        with self._changed:
            held = self._changed.wait_for(lambda: holds(self) or bool(self.problem), seconds)
        told = f"{self.connections} connections, {self.problem or self.passing[-3:]}, {self.kinds}"
        assert held, told
        assert holds(self), told
        return self

    def seen(self, kind: str, times: int = 1) -> Self:
        return self.until(lambda follower: follower.kinds.count(kind) >= times)

    def ended(self) -> list[SeenEvent]:
        """All it saw: each event once, in order, and the last one is the run's ending."""
        self.until(lambda follower: follower.is_over)
        numbers = [event.number for event in self.events]
        assert numbers == list(range(1, len(numbers) + 1))
        assert [kind in LAST for kind in self.kinds].index(True) == len(numbers) - 1
        return self.events

    # --- within -----------------------------------------------------------------------------

    def _read(self) -> None:
        while not self._stopped.is_set() and not self.is_over:
            door = self._doors[self._door % len(self._doors)]
            try:
                self._connect(door)
            except httpx2.TransportError as failure:
                self.passing.append(repr(failure))
            self._door += 1
            self._stopped.wait(PAUSE_SECONDS)

    def _connect(self, door: Api) -> None:
        self.connections += 1
        headers = EVENT_STREAM | {"Authorization": f"Bearer {door.token}"}
        timeout = httpx2.Timeout(5, read=QUIET_SECONDS)
        base = f"{door.url}/api/v1"
        with web.Client(base_url=base, headers=headers, timeout=timeout) as http:
            response = http.send(self._request(http), stream=True)
            if response.status_code == 200:
                for event in events_of(response.iter_text()):
                    self._note(event)
            else:
                self._refused(response.status_code, response.read())

    def _request(self, http: httpx2.Client) -> httpx2.Request:
        if self._posts and not self.events:
            # Not one event came: the same runId is the same run, charged once.
            return http.build_request("POST", "/agent/runs", json=self._body.json())
        url = f"/agent/sessions/{self._body.thread}/events"
        cursor = {"Last-Event-ID": self.events[-1].id} if self.events else {}
        return http.build_request("GET", url, params={"runId": self._body.run}, headers=cursor)

    def _note(self, event: SeenEvent) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def _refused(self, status: int, content: bytes) -> None:
        with self._changed:
            self.passing.append((status, content))
            if status not in PASSING:
                self.problem = (status, content)
            self._changed.notify_all()
