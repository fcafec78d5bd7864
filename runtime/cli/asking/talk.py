"""One session in the terminal, from the question to the last approval."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from runtime.cli.asking.answers import Nonsense, harmless
from runtime.cli.asking.approving import decision_on, tell_faults
from runtime.cli.asking.client import AllSeen, Client, Place, Refused, Unreachable
from runtime.cli.asking.telling import Teller
from runtime.cli.endings import CalledOff, Cause, Trouble

Event = dict[str, Any]
NO_SENSE = "The server's answer makes no sense"
DECIDED = "Somebody else has decided about it; the reading goes on there."
ELSEWHERE = "Start one with `eryao serve`, or name another address with --server."


@contextmanager
def plain_troubles(client: Client, options: Mapping[str, str]) -> Iterator[None]:
    """Sentences for people; what a server calls by the name of a field, they typed as an option."""
    try:
        yield
    except Refused as exc:
        faults = [f"{options.get(name, name)}: {message}" for name, message in exc.faults]
        said = "\n".join(faults) or str(exc)
        raise Trouble(said, exc.code or Cause.ASKED_WRONGLY) from None
    except Unreachable as exc:
        advice = "" if client.reached else f" {ELSEWHERE}"
        raise Trouble(harmless(f"{exc}{advice}"), Cause.SERVER_UNREACHABLE) from None
    except (Nonsense, AllSeen, RecursionError) as exc:
        said = harmless(str(exc)) or "nothing where events should be"
        raise Trouble(f"{NO_SENSE}: {said}", Cause.SERVER_BROKEN) from None
    except KeyboardInterrupt:
        goes_on = "The reading goes on without you: eryao ask --resume"
        raise CalledOff(goes_on if client.reached else "Nothing was asked yet.") from None


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
        calls = self._client.waiting(place.run_id)
        if not calls:
            raise Trouble(DECIDED)
        for call in calls:
            after = self._decided(place.run_id, call)
        place.run_id, place.last_id = after["runId"], ""
        self._keep(place)
        return self._client.follow(place, self._teller.lost)

    def _decided(self, run_id: str, call: Event) -> Event:
        """The server's answer to a decision; arguments that it cannot take are asked for again."""
        while True:
            decision = decision_on(call["interrupt"], call["arguments"])
            try:
                return self._client.decide(run_id, call["toolCallId"], decision)
            except Refused as refused:
                if not refused.faults:
                    raise
                tell_faults(refused.faults)

    def _keep(self, place: Place) -> None:
        self._kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._kept.write_text(place.to_json())

    def _last(self) -> Place:
        try:
            return Place.from_json(self._kept.read_text())
        except (OSError, ValueError, TypeError):
            raise Trouble("Nothing was asked from here yet.") from None
