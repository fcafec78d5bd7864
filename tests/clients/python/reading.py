"""A reading from Python, with httpx2 alone: `python reading.py "Will it go well?"`."""

import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx2

Event = dict[str, Any]
LAST = {"RUN_FINISHED", "RUN_ERROR"}


class Eryao:
    """One signed-in user."""

    def __init__(self, server: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        base = f"{server}/api/v1/agent"
        self._server, self._reached = server, False
        # A heartbeat comes every 15 s: a line that is quiet for much longer is dead.
        timeout = httpx2.Timeout(10, read=45)
        self._http = httpx2.Client(base_url=base, headers=headers, timeout=timeout)

    def run(self, body: Event, tries: int = 8) -> Iterator[Event]:
        """Every event of a run, each once: the run goes on without us, and so may we."""
        cursor, failures = "", 0
        while failures < tries:
            try:
                for event_id, event in self._stream(body, cursor):
                    cursor, failures = event_id, 0
                    yield event
                    if event["type"] in LAST:
                        return
            except httpx2.ConnectError as refused:
                if not self._reached:  # nobody is there: waiting would change nothing
                    raise SystemExit(f"Nothing answers at {self._server}: {refused}") from None
            except httpx2.TransportError:
                pass  # what came is not lost; the rest is asked for
            failures += 1
            time.sleep(min(0.2 * 2**failures, 10))
        raise SystemExit(f"{self._server} does not answer any more.")

    def _stream(self, body: Event, cursor: str) -> Iterator[tuple[str, Event]]:
        where = f"/sessions/{body['threadId']}/events?runId={body['runId']}"
        request = (
            self._http.build_request("GET", where, headers={"Last-Event-ID": cursor})
            if cursor
            # Not one event came: the same runId is the same run, charged once.
            else self._http.build_request("POST", "/runs", json=body)
        )
        response = self._http.send(request, stream=True)
        self._reached = True
        try:
            if response.is_error:
                raise SystemExit(response.read().decode())
            yield from _events(response.iter_lines())
        finally:
            response.close()


def _events(lines: Iterator[str]) -> Iterator[tuple[str, Event]]:
    """Whole events; a torn one at the end is none, for it comes again."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if not line and "data" in fields:
            yield fields["id"], json.loads(fields["data"])
            fields = {}
        elif name in {"id", "data"}:
            fields[name] = value


def ask(eryao: Eryao, question: str) -> None:
    cast = {
        "question": question,
        "category": "general",
        "method": "manual",
        "lines": [7, 8, 9, 7, 7, 6],  # thrown by the user, the lowest line first
        "castAt": datetime.now(UTC).isoformat(),
        "timezone": "UTC",
        "locale": "en",
    }
    props = {"runtime_mode": "divination", "divinationPayload": cast}
    message = {"id": str(uuid4()), "role": "user", "content": question}
    body = {"threadId": str(uuid4()), "messages": [message], "forwardedProps": props}
    while waiting := _told(eryao.run(body | {"runId": str(uuid4())})):
        # A tool that asks first ends the run with interrupts; the answer is the next run.
        answers = [{"interruptId": i["id"], "status": "resolved"} for i in waiting]
        resume = [answer | {"payload": {"approved": True}} for answer in answers]
        body = {"threadId": body["threadId"], "messages": [], "resume": resume}


def _told(events: Iterator[Event]) -> list[Event]:
    """Print what is said; return what the user has to decide."""
    for event in events:
        match event["type"]:
            case "TEXT_MESSAGE_CONTENT":
                print(event["delta"], end="", flush=True)
            case "RUN_ERROR":
                raise SystemExit(f"{event['code']}: {event['message']}")
            case "RUN_FINISHED":
                return list(event["outcome"].get("interrupts", []))
    return []


if __name__ == "__main__":
    server = os.environ.get("SERVER", "http://127.0.0.1:8000")
    ask(Eryao(server, os.environ["TOKEN"]), sys.argv[1])
