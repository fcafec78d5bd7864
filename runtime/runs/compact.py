"""A log for a late viewer: bytes in proportion to the text, not to its tokens."""

from typing import Any

from runtime.runs.frames import encoded, events_of, to_json

# What can be joined, and which members must agree for it.
JOINABLE = {
    "TEXT_MESSAGE_CONTENT": "messageId",
    "REASONING_MESSAGE_CONTENT": "messageId",
    "TOOL_CALL_ARGS": "toolCallId",
}


def compacted(frames: bytes) -> bytes:
    """Neighbouring deltas of one message or call as one event, under the id of the last of them.

    Only neighbours: whoever reconnects from any id in here has lost and doubled nothing.
    """
    joined: list[tuple[str, dict[str, Any]]] = []
    for event_id, event in events_of(frames):
        if joined and _continues(joined[-1][1], event):
            whole = dict(joined[-1][1], delta=joined[-1][1]["delta"] + event["delta"])
            joined[-1] = (event_id, whole)
        else:
            joined.append((event_id, event))
    return encoded("".join(f"id: {id_}\ndata: {to_json(event)}\n\n" for id_, event in joined))


def _continues(before: dict[str, Any], event: dict[str, Any]) -> bool:
    key = JOINABLE.get(event["type"])
    return key is not None and before["type"] == event["type"] and before.get(key) == event.get(key)
