"""Runs that stop to ask, and what their sessions look like while they do."""

from typing import Any

from tests.support.api import Api, Body, SeenEvent

SAVE = 'say 2; call save_reading {"title":"Kept"}; say 3'
SAVE_TWO = 'call save_reading {"title":"One"}; call save_reading {"title":"Two"}; say 3'


def ask(api: Api, script: str = SAVE) -> tuple[Body, list[str]]:
    """A session whose first run waits; its body, and the calls that it waits for."""
    body = Body(script)
    events = api.perform(body)
    assert events[-1].data["outcome"]["type"] == "interrupt", events[-1].data
    return body, [interrupt["toolCallId"] for interrupt in interrupts_in(events)]


def interrupts_in(events: list[SeenEvent]) -> list[Any]:
    return list(events[-1].data["outcome"]["interrupts"])


def entry(call_id: str, payload: Any = None, status: str = "resolved") -> dict[str, Any]:
    """One entry of a run's `resume`."""
    answer = {"interruptId": f"int-{call_id}", "status": status}
    return answer if payload is None else {**answer, "payload": payload}


def resumed(body: Body, *entries: dict[str, Any]) -> tuple[Body, dict[str, Any]]:
    """A run that answers, and the changes to its body that make it one."""
    return Body(mode="follow_up", thread=body.thread), {"messages": [], "resume": list(entries)}


def result_of(events: list[SeenEvent], call_id: str) -> SeenEvent:
    (result,) = [
        event
        for event in events
        if event.type == "TOOL_CALL_RESULT" and event.data["toolCallId"] == call_id
    ]
    return result


def state_of(result: SeenEvent) -> str:
    return str(result.data["metadata"]["eryao"]["toolState"])


def approved(api: Api, script: str, **decision: Any) -> tuple[Body, Any]:
    """A run whose one call gets a yes and is carried out; its body, and what came of the call."""
    body, (call_id,) = ask(api, script)
    taken = api.decide(body.run, call_id, "approve", **decision)
    assert taken.status_code == 202, taken.text
    assert api.ended(taken.json()["runId"])["status"] == "succeeded"
    return body, api.call(body.run, call_id).json()
