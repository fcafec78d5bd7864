"""A client of the contract for the terminal; it goes on where a stream was cut."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from random import SystemRandom
from typing import Any, Self

import httpx2

API = "/api/v1"
EVENT_STREAM = {"Accept": "text/event-stream"}
# Longer than the pause between two heartbeats, so that silence means a dead connection.
TIMEOUT = httpx2.Timeout(10, read=40)
PATIENCE_SECONDS = 60.0
PAUSES = (0.2, 0.5, 1, 2, 4)
# Before the first answer these mean that there is no server: waiting would change nothing.
NOBODY = (httpx2.ConnectError, httpx2.ConnectTimeout)
LAST_EVENTS = frozenset({"RUN_FINISHED", "RUN_ERROR"})

Event = dict[str, Any]
# Called whenever a stream ended early, with whether one of its events had come.
Lost = Callable[[bool], None]


class Refused(Exception):
    """The server said no; the text is what people should read, besides what is wrong where."""

    def __init__(self, code: str, text: str, faults: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(text)
        self.code = code
        self.faults = faults


class AllSeen(Exception):
    """The run is over, and this was its last event."""


class Unreachable(Exception):
    """Nobody is there, or nobody answered for too long."""


@dataclass
class Place:
    """Where a client is: which run, and the last event that it has seen."""

    server: str
    thread_id: str
    run_id: str
    last_id: str = ""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        return cls(**json.loads(text))


class Client:
    """One signed-in user of one server."""

    def __init__(self, server: str, token: str) -> None:
        self.server = server.rstrip("/")
        self.reached = False
        self._http = httpx2.Client(
            base_url=self.server + API,
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT,
        )

    def close(self) -> None:
        self._http.close()

    def start(self, body: Event, place: Place, lost: Lost) -> Iterator[Event]:
        """Start a run and give its events to the last, across whatever cuts the stream.

        The run's id makes the call safe to repeat: a POST that may have arrived is sent again.
        """
        request = self._http.build_request("POST", "/agent/runs", json=body, headers=EVENT_STREAM)
        yield from self._until_its_end(request, place, lost)

    def follow(self, place: Place, lost: Lost) -> Iterator[Event]:
        """A run's events after the place, to the last."""
        yield from self._until_its_end(self._rest(place), place, lost)

    def decide(self, run_id: str, call_id: str, decision: Event) -> Event:
        url = f"/agent/runs/{run_id}/tool-calls/{call_id}/decision"
        return self._asked(self._http.build_request("POST", url, json=decision))

    def waiting(self, run_id: str) -> list[Event]:
        """The calls of a run that wait for the user, each with its interrupt and arguments."""
        url = f"/agent/runs/{run_id}/tool-calls"
        calls = self._asked(self._http.build_request("GET", url))["items"]
        ids = [call["toolCallId"] for call in calls if call["state"] == "waiting"]
        return [self._asked(self._http.build_request("GET", f"{url}/{each}")) for each in ids]

    # --- within ---------------------------------------------------------------------------------

    def _until_its_end(self, request: httpx2.Request, place: Place, lost: Lost) -> Iterator[Event]:
        heard, pauses, begun = time.monotonic(), iter(PAUSES), False
        while True:
            try:
                for event in self._events(request, place):
                    heard, pauses, begun = time.monotonic(), iter(PAUSES), True
                    yield event
                    if event["type"] in LAST_EVENTS:
                        return
            except httpx2.HTTPError as failure:
                if not self.reached and isinstance(failure, NOBODY):
                    raise Unreachable(f"Nothing answers at {self.server}.") from None
                if time.monotonic() - heard > PATIENCE_SECONDS:
                    raise Unreachable(f"{self.server} does not answer: {failure}") from None
            lost(begun)
            # Jittered, so that all who were cut off do not come back at once.
            time.sleep(next(pauses, PAUSES[-1]) * SystemRandom().uniform(0.5, 1))
            if place.last_id:
                request = self._rest(place)

    def _events(self, request: httpx2.Request, place: Place) -> Iterator[Event]:
        response = self._http.send(request, stream=True)
        self.reached = True
        try:
            if response.status_code == 204:
                raise AllSeen
            if response.is_error:
                response.read()
                self._told(response)
            yield from _parsed(response, place)
        finally:
            response.close()

    def _rest(self, place: Place) -> httpx2.Request:
        cursor = {"Last-Event-ID": place.last_id} if place.last_id else {}
        return self._http.build_request(
            "GET",
            f"/agent/sessions/{place.thread_id}/events",
            params={"runId": place.run_id},
            headers=EVENT_STREAM | cursor,
        )

    def _asked(self, request: httpx2.Request) -> Event:
        try:
            return self._told(self._http.send(request))
        except httpx2.HTTPError as failure:
            raise Unreachable(f"{self.server} does not answer: {failure}") from None

    def _told(self, response: httpx2.Response) -> Event:
        if response.is_success:
            told: Event = response.json()
            return told
        if response.status_code >= 502:
            response.raise_for_status()
        raise _refusal(response)


def _refusal(response: httpx2.Response) -> Refused:
    try:
        problem = response.json()
    except ValueError:
        return Refused("", f"The server answered {response.status_code}.")
    faults = [(_field(e["pointer"]), e["message"]) for e in problem.get("errors", [])]
    text = problem.get("detail") or problem.get("title", "")
    return Refused(problem.get("code", ""), text, faults)


def _field(pointer: str) -> str:
    """The innermost name in it: of a list, and not the place within."""
    return next((part for part in reversed(pointer.split("/")) if not part.isdigit()), "")


def _parsed(response: httpx2.Response, place: Place) -> Iterator[Event]:
    """The events of a stream; the place moves on with each, a torn one at the end is none."""
    event_id, data = "", ""
    for line in response.iter_lines():
        if line.startswith("id: "):
            event_id = line.removeprefix("id: ")
        elif line.startswith("data: "):
            data = line.removeprefix("data: ")
        elif not line and data:
            place.last_id = event_id or place.last_id
            yield json.loads(data)
            event_id, data = "", ""
