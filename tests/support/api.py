"""A client of the HTTP contract, small enough to see through."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

import httpx2

from tests.support import web

UNDER_WAY = {"queued", "running"}
EVENT_STREAM = {"Accept": "text/event-stream"}
# A script with everything in it that a log can join.
RICH = 'think 3; say 4; call look_up_text {"number":1,"part":"judgment"}; think 2; say 5'
CAST = {
    "question": "Will the plan work out?",
    "category": "career",
    "method": "manual",
    "lines": [7, 8, 9, 7, 7, 6],
    "castAt": "2026-03-14T15:30:00Z",
    "timezone": "Asia/Shanghai",
    "locale": "en",
}


@dataclass(frozen=True)
class SeenEvent:
    """One event as it came over the wire."""

    id: str
    data: dict[str, Any]

    @property
    def type(self) -> str:
        return str(self.data["type"])

    @property
    def number(self) -> int:
        return int(self.id.partition("-")[2])


@dataclass
class Body:
    """A run's body with what a test cares about; all else is filled in."""

    text: str = "say 5"
    mode: str = "divination"
    thread: str = field(default_factory=lambda: str(uuid4()))
    run: str = field(default_factory=lambda: str(uuid4()))
    message: str = field(default_factory=lambda: str(uuid4()))

    def json(self, **changes: Any) -> dict[str, Any]:
        props: dict[str, Any] = {"runtime_mode": self.mode}
        if self.mode == "divination":
            props["divinationPayload"] = CAST
        message = {"id": self.message, "role": "user", "content": self.text}
        body = {"threadId": self.thread, "runId": self.run, "messages": [message]}
        return {**body, "forwardedProps": props, **changes}

    def follow_up(self, text: str = "say 3") -> "Body":
        """The next message of the same session."""
        return Body(text, "follow_up", self.thread)


class Api:
    """One signed-in user."""

    def __init__(self, url: str, token: str, email: str = "") -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self.http = web.Client(base_url=url + "/api/v1", headers=headers, timeout=15)
        self.url = url
        self.token = token
        self.email = email

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def get(self, path: str, **kwargs: Any) -> httpx2.Response:
        return self.http.get(path, **kwargs)

    def post(self, path: str, **kwargs: Any) -> httpx2.Response:
        return self.http.post(path, **kwargs)

    # --- runs -------------------------------------------------------------------------------

    def start(self, body: Body, **changes: Any) -> httpx2.Response:
        """Ask for a run without waiting for it: 202 or a problem."""
        return self.post("/agent/runs", json=body.json(**changes))

    def perform(self, body: Body, **changes: Any) -> list[SeenEvent]:
        """A run from its POST to its last event."""
        with self.stream(body, **changes) as response:
            assert response.status_code == 200, response.read()
            return list(events_of(response.iter_text()))

    @contextmanager
    def stream(self, body: Body, **changes: Any) -> Iterator[httpx2.Response]:
        asked = body.json(**changes)
        with self.http.stream("POST", "/agent/runs", json=asked, headers=EVENT_STREAM) as response:
            yield response

    @contextmanager
    def following(
        self, body: Body, after: str | None = None, **query: str
    ) -> Iterator[httpx2.Response]:
        headers = EVENT_STREAM | ({"Last-Event-ID": after} if after else {})
        url = f"/agent/sessions/{body.thread}/events"
        params = {"runId": body.run, **query}
        with self.http.stream("GET", url, params=params, headers=headers) as response:
            yield response

    def follow(self, body: Body, after: str | None = None, **query: str) -> list[SeenEvent]:
        """A run's events from a place to its end."""
        with self.following(body, after, **query) as response:
            assert response.status_code == 200, response.read()
            return list(events_of(response.iter_text()))

    def log(self, body: Body, after: str | None = None, **query: str) -> bytes:
        """A run's frames from a place to its end, as they came over the wire."""
        with self.following(body, after, **query) as response:
            assert response.status_code == 200, response.read()
            return b"".join(frames_in(b"".join(response.iter_raw())))

    def run(self, run_id: str) -> Any:
        return self.get(f"/agent/runs/{run_id}").json()

    def ended(self, run_id: str, seconds: float = 12) -> Any:
        """The run, once it is no longer under way."""
        deadline = time.monotonic() + seconds
        while (run := self.run(run_id))["status"] in UNDER_WAY:
            assert time.monotonic() < deadline, run
            time.sleep(0.02)
        return run

    def cancel(self, run_id: str) -> httpx2.Response:
        return self.post(f"/agent/runs/{run_id}/cancel")

    def session(self, thread_id: str) -> Any:
        return self.get(f"/agent/sessions/{thread_id}").json()

    def restore(self, thread_id: str) -> list[Any]:
        """The events that bring a fresh client up to date with a session."""
        response = self.get(f"/agent/sessions/{thread_id}/connect", headers=EVENT_STREAM)
        assert response.status_code == 200, response.text
        assert response.headers["content-type"].startswith("text/event-stream")
        blocks = response.text.split("\n\n")
        return [json.loads(block.removeprefix("data: ")) for block in blocks if block]

    # --- approvals --------------------------------------------------------------------------

    def calls(self, run_id: str) -> list[Any]:
        return list(self.get(f"/agent/runs/{run_id}/tool-calls").json()["items"])

    def call(self, run_id: str, call_id: str) -> httpx2.Response:
        return self.get(f"/agent/runs/{run_id}/tool-calls/{call_id}")

    def decide(
        self, run_id: str, call_id: str, decision: str = "approve", **more: Any
    ) -> httpx2.Response:
        url = f"/agent/runs/{run_id}/tool-calls/{call_id}/decision"
        return self.post(url, json={"decision": decision, **more})

    def balance(self) -> int:
        return int(self.get("/points").json()["balance"])


def events_of(chunks: Iterator[str]) -> Iterator[SeenEvent]:
    """The events in a stream, by the rules of SSE; a torn one at the end is not an event."""
    rest = ""
    for chunk in chunks:
        *blocks, rest = (rest + chunk).split("\n\n")
        for block in blocks:
            fields = dict(line.split(": ", 1) for line in block.split("\n") if line[:1] != ":")
            if "data" in fields:
                yield SeenEvent(fields["id"], json.loads(fields["data"]))


def frames_in(stream: bytes) -> list[bytes]:
    """The whole frames of events in a stream's bytes; what else it holds is no event."""
    *blocks, _torn = stream.split(b"\n\n")
    return [block + b"\n\n" for block in blocks if block.startswith(b"id: ")]


def events_in(stream: bytes) -> list[SeenEvent]:
    return list(events_of(iter([stream.decode(errors="ignore")])))


def text_of(events: list[SeenEvent]) -> str:
    deltas = [event.data["delta"] for event in events if event.type == "TEXT_MESSAGE_CONTENT"]
    return "".join(deltas)
