"""A client of the contract for the terminal; it goes on where a stream was cut."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from random import SystemRandom
from typing import NoReturn, Self

import httpx2

from runtime.cli.asking import answers
from runtime.cli.asking.answers import Event, Nonsense, Shape, checked, harmless, object_of

API = "/api/v1"
EVENTS = "text/event-stream"
EVENT_STREAM = {"Accept": EVENTS}
PLAIN = "identity"
# Longer than the pause between two heartbeats, so that silence means a dead connection.
TIMEOUT = httpx2.Timeout(10, read=40)
PATIENCE_SECONDS = 60.0
PAUSES = (0.2, 0.5, 1, 2, 4)
# Before the first answer these mean that there is no server: waiting would change nothing.
NOBODY = (httpx2.ConnectError, httpx2.ConnectTimeout)
LAST_EVENTS = frozenset({"RUN_FINISHED", "RUN_ERROR"})

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

    def __init__(self, server: str, token: str, *, patience: float = PATIENCE_SECONDS) -> None:
        self.server = server.rstrip("/")
        self._patience = patience
        self.reached = False
        self._http = httpx2.Client(
            base_url=self.server + API,
            # Packed, a little could become more than there is room for.
            headers={"Authorization": f"Bearer {token}", "Accept-Encoding": PLAIN},
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
        request = self._http.build_request("POST", url, json=decision)
        return self._asked(request, answers.Decided)

    def waiting(self, run_id: str) -> list[Event]:
        """The calls of a run that wait for the user, each with its interrupt and arguments."""
        url = f"/agent/runs/{run_id}/tool-calls"
        calls = self._asked(self._http.build_request("GET", url), answers.Calls)["items"]
        ids = [call["toolCallId"] for call in calls if call["state"] == "waiting"]
        asked = (self._http.build_request("GET", f"{url}/{each}") for each in ids)
        return [self._asked(each, answers.WaitingCall) for each in asked]

    # --- within ---------------------------------------------------------------------------------

    def _until_its_end(self, request: httpx2.Request, place: Place, lost: Lost) -> Iterator[Event]:
        cut, pauses, begun = 0.0, iter(PAUSES), False
        while True:
            failure = "it hangs up"
            try:
                for event in self._events(request, place):
                    cut, pauses, begun = 0.0, iter(PAUSES), True
                    yield event
                    if event["type"] in LAST_EVENTS:
                        return
            except httpx2.HTTPError as exc:
                if not self.reached and isinstance(exc, NOBODY):
                    raise Unreachable(f"Nothing answers at {self.server}.") from None
                failure = str(exc)
            cut = cut or time.monotonic()
            if time.monotonic() - cut > self._patience:
                raise Unreachable(f"{self.server} does not answer: {failure}")
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
                self._refuse(response)
            _expect_events(response)
            for event_id, event in answers.frames(answers.lines(response.iter_raw())):
                place.last_id = event_id or place.last_id
                yield event
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

    def _asked(self, request: httpx2.Request, shape: type[Shape]) -> Event:
        try:
            response = self._http.send(request, stream=True)
            with closing(response):
                if not response.is_success:
                    self._refuse(response)
                return checked(shape, object_of(_body(response)))
        except httpx2.HTTPError as failure:
            raise Unreachable(f"{self.server} does not answer: {failure}") from None

    def _refuse(self, response: httpx2.Response) -> NoReturn:
        if response.status_code >= 502:
            response.raise_for_status()
        raise _refusal(response.status_code, _body(response))


def _expect_events(response: httpx2.Response) -> None:
    kind = response.headers.get("Content-Type", "nothing")
    if response.status_code != 200 or not kind.startswith(EVENTS):
        raise Nonsense(f"{response.status_code} and {kind[:80]} where events should be")
    _expect_unpacked(response)


def _expect_unpacked(response: httpx2.Response) -> None:
    packed = response.headers.get("Content-Encoding", PLAIN)
    if packed != PLAIN:
        raise Nonsense(f"it is packed ({packed[:80]}), which was not asked for")


def _body(response: httpx2.Response) -> bytes:
    _expect_unpacked(response)
    return answers.body(response.iter_raw())


def _refusal(status: int, body: bytes) -> Refused:
    if not body.lstrip().startswith((b"{", b"[")):
        return Refused("", f"The server answered {status}.")
    problem = checked(answers.Problem, object_of(body))
    faults = [
        (harmless(_field(e["pointer"])), harmless(e["message"])) for e in problem.get("errors", [])
    ]
    text = problem.get("detail") or problem.get("title") or f"The server answered {status}."
    return Refused(harmless(problem.get("code", "")), harmless(text), faults)


def _field(pointer: str) -> str:
    """The innermost name in it: of a list, and not the place within."""
    return next((part for part in reversed(pointer.split("/")) if not part.isdigit()), "")
