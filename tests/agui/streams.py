"""Scripted runs to every kind of ending, and all streams in which the server tells of them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.support.api import Api, Body, SeenEvent
from tests.support.server import ServerProcess
from tests.support.viewer import Viewer, wait_until

Event = dict[str, Any]

LOOK_UP = 'call look_up_text {"number":1,"part":"allMoving"}'
SAVE = 'call save_reading {"title":"Mine"}'
SCRIPTS = {
    "text": "say 5",
    "thoughts": "think 3; say 2; think 1; say 1",
    "nothing": "say 0",
    "suggestions": 'say 2; suggest ["When?", "Who can help?"]',
    "tools": f"think 1; say 2; {LOOK_UP}; {LOOK_UP}; say 3; call no_such_tool {{}}; say 1",
    "bad arguments": 'call look_up_text {"number":; say 1',
    "error in a text": "say 2; fail error after 3",
    "cut in a thought": "think 3; fail cut",
    "error after a call": f"{LOOK_UP}; fail error",
    "one question": f"say 2; {SAVE}; say 3",
    "two questions": f"{SAVE}; {LOOK_UP}; {SAVE}; say 3",
}
# script → the event after which the run is called off
CALLED_OFF = {
    "say 500 pace 20": "TEXT_MESSAGE_CONTENT",
    "think 2; fail stall": "REASONING_MESSAGE_CONTENT",
    "fail stall": "STATE_DELTA",
}


@dataclass(frozen=True)
class Stream:
    """One answer of the server, with the calls of earlier runs that it may answer."""

    events: list[Event]
    # The ids of its frames; none where the stream is not a log.
    ids: list[str]
    earlier: frozenset[str] = frozenset()


class Bench:
    """Collects streams under the names of what they show."""

    def __init__(self, ann: Api) -> None:
        self._ann = ann
        self.bodies: dict[str, Body] = {}
        self.streams: dict[str, Stream] = {}

    def perform_all(self) -> None:
        for name, script in SCRIPTS.items():
            self.perform(name, Body(script))
        for script, shown in CALLED_OFF.items():
            self._call_off(f"called off: {script}", Body(script), shown)
        self.perform("a state that is no object", Body("say 1"), state=["mine"])
        self.perform("follow-up", self.bodies["text"].follow_up("think 1; say 2"))
        after = self.bodies["thoughts"].follow_up()
        self.perform("follow-up that knows the chart", after, state={"divination_derived": {}})
        for answer in ("approve", "reject"):
            self._decide(answer)
        self._resume()
        self._hand_over()
        self._join_live()

    def perform(
        self, name: str, body: Body, earlier: Iterable[str] = (), **changes: Any
    ) -> list[SeenEvent]:
        events = self._ann.perform(body, **changes)
        self._keep(name, body, events, earlier)
        return events

    def _keep(
        self, name: str, body: Body, events: list[SeenEvent], earlier: Iterable[str] = ()
    ) -> None:
        self.bodies[name] = body
        self.streams[name] = _stream(events, earlier)
        compact = self._ann.follow(body, compact="true")
        self.streams[f"{name}, compact"] = _stream(compact, earlier)
        self.streams[f"{name}, restored"] = self._restored(body)

    def _call_off(self, name: str, body: Body, shown: str) -> None:
        with Viewer.starting(self._ann, body).seen(shown) as viewer:
            self._ann.cancel(body.run)
            self._keep(name, body, viewer.ended().events)

    def _decide(self, answer: str) -> None:
        """Two calls answered one after the other; the reading then goes on by itself."""
        asked = Body(SCRIPTS["two questions"])
        self.perform(f"asked, to {answer}", asked)
        calls = self._waiting(asked)
        told = [self._ann.decide(asked.run, call_id, answer).json() for call_id in calls]
        going_on = Body(thread=asked.thread, run=told[-1]["runId"])
        self._keep(f"{answer} by decision", going_on, self._ann.follow(going_on), calls)

    def _resume(self) -> None:
        asked = Body(SCRIPTS["two questions"])
        self.perform("asked, to resume", asked)
        calls = self._waiting(asked)
        payloads = ({"approved": True, "editedArgs": {"title": "Ours"}}, {"approved": False})
        resume = [
            {"interruptId": f"int-{call_id}", "status": "resolved", "payload": payload}
            for call_id, payload in zip(calls, payloads, strict=True)
        ]
        body = Body(mode="follow_up", thread=asked.thread)
        self.perform("resumed", body, calls, messages=[], resume=resume)

    def _hand_over(self) -> None:
        """A call of the client's own tool, and its answer."""
        asked = Body(f"say 1; {LOOK_UP}; call pick {{}}; say 2")
        tools = [{"name": "pick", "description": ""}]
        events = self.perform("asked of the client", asked, tools=tools)
        (call_id,) = events[-1].data["outcome"]["pendingToolCallIds"]
        answer = {"id": f"answer-{call_id}", "role": "tool", "toolCallId": call_id, "content": "1"}
        body = Body(mode="follow_up", thread=asked.thread)
        self.perform("answered by the client", body, messages=[answer])

    def _waiting(self, body: Body) -> list[str]:
        return [
            call["toolCallId"] for call in self._ann.calls(body.run) if call["state"] == "waiting"
        ]

    def _join_live(self) -> None:
        body = Body("say 500 pace 20")
        with Viewer.starting(self._ann, body).seen("TEXT_MESSAGE_CONTENT"):
            self.streams["live, restored"] = self._restored(body)
            self._ann.cancel(body.run)
        self._ann.ended(body.run)

    def _restored(self, body: Body) -> Stream:
        text = self._ann.get(f"/agent/sessions/{body.thread}/connect").text
        *frames, rest = text.split("\n\n")
        assert rest == ""
        return Stream([json.loads(frame.removeprefix("data: ")) for frame in frames], [])

    def lose_the_logs(self, server: ServerProcess, email: str) -> None:
        """The same runs once more, when their events are no longer kept."""
        server.stop()
        server.start(LOG_RETENTION_DAYS=1e-9)
        with server.api(email) as ann:
            for name, body in self.bodies.items():
                wait_until(lambda body=body: ann.follow(body)[1].type == "STATE_SNAPSHOT")  # type: ignore[misc]
                self.streams[f"{name}, log gone"] = _stream(ann.follow(body))


def _stream(events: list[SeenEvent], earlier: Iterable[str] = ()) -> Stream:
    ids = [event.id for event in events]
    return Stream([event.data for event in events], ids, frozenset(earlier))
