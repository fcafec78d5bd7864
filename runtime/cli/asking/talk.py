"""One session in the terminal, from the question to the last approval."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from runtime.cli.asking.approving import decision_on
from runtime.cli.asking.client import AllSeen, Client, Place, Refused, Unreachable
from runtime.cli.asking.telling import Teller
from runtime.cli.endings import Cause, Trouble

Event = dict[str, Any]


@contextmanager
def plain_troubles() -> Iterator[None]:
    try:
        yield
    except Refused as exc:
        raise Trouble(str(exc), exc.code or Cause.ASKED_WRONGLY) from None
    except Unreachable as exc:
        raise Trouble(str(exc), Cause.SERVER_UNREACHABLE) from None
    except KeyboardInterrupt:
        said = "\nThe reading goes on without you: eryao ask --resume"
        raise Trouble(said, Cause.INTERRUPTED) from None


class Talk:
    """One session in the terminal; where it stands is kept, for --resume and --follow-up."""

    def __init__(self, client: Client, teller: Teller, kept: Path, *, asks: bool) -> None:
        self._client = client
        self._teller = teller
        self._kept = kept
        self._asks = asks

    def ask(self, question: str, cast: Event | None) -> None:
        """A divination with its cast, or a follow-up in the last session."""
        thread = str(uuid4()) if cast else self._last().thread_id
        place = Place(self._client.server, thread, str(uuid4()))
        props: Event = {"runtime_mode": "divination" if cast else "follow_up"}
        if cast:
            props["divinationPayload"] = cast
        message = {"id": str(uuid4()), "role": "user", "content": question}
        body = {"threadId": thread, "runId": place.run_id, "messages": [message]}
        events = self._client.start(body | {"forwardedProps": props}, place, self._teller.lost)
        self._see_through(place, events)

    def go_on(self) -> None:
        place = self._last()
        try:
            self._see_through(place, self._client.follow(place, self._teller.lost))
        except AllSeen:
            if not self._asks or not self._client.waiting(place.run_id):
                raise Trouble("That reading is over, and you have seen all of it.") from None
            self._see_through(place, self._after_approval(place))

    # --- within ---------------------------------------------------------------------------------

    def _see_through(self, place: Place, events: Iterator[Event]) -> None:
        """Tell a run's events, then those of the runs that go on after an approval."""
        while last := self._told(place, events):
            if last["type"] == "RUN_ERROR":
                raise SystemExit(1)
            if last["outcome"]["type"] != "interrupt" or not self._asks:
                return
            events = self._after_approval(place)

    def _told(self, place: Place, events: Iterator[Event]) -> Event | None:
        event = None
        try:
            for event in events:
                self._teller.event(event)
        finally:
            self._keep(place)
        return event

    def _after_approval(self, place: Place) -> Iterator[Event]:
        """Have each open call decided; the last answer names the run that goes on."""
        for call in self._client.waiting(place.run_id):
            decision = decision_on(call["interrupt"], call["arguments"])
            after = self._client.decide(place.run_id, call["toolCallId"], decision)
        place.run_id, place.last_id = after["runId"], ""
        self._keep(place)
        return self._client.follow(place, self._teller.lost)

    def _keep(self, place: Place) -> None:
        self._kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._kept.write_text(place.to_json())

    def _last(self) -> Place:
        try:
            return Place.from_json(self._kept.read_text())
        except (OSError, ValueError, TypeError):
            raise Trouble("Nothing was asked from here yet.") from None
