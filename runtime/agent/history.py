"""Which past the model sees: messages in order, every call answered, within a budget."""

from collections.abc import Mapping, Sequence
from typing import Any

from runtime.agent.models.base import Enclosure, Said, ToolRequest

# Characters; sessions are short by design, so this only guards against the unforeseen.
BUDGET = 60_000
UNANSWERED = "This call was never carried out."


def history(messages: Sequence[Mapping[str, Any]], *, awaited: frozenset[str]) -> list[Said]:
    """The conversation so far. A call in `awaited` is about to be answered; any other is by now."""
    answered = {message["toolCallId"] for message in messages if message["role"] == "tool"}
    said: list[Said] = []
    for message in messages:
        said.append(_said(message))
        said += [
            Said(role="tool", text=UNANSWERED, call_id=call.call_id, state="failed")
            for call in said[-1].calls
            if call.call_id not in answered | awaited
        ]
    return _within_budget(said)


def _said(message: Mapping[str, Any]) -> Said:
    calls = tuple(
        ToolRequest(call["id"], call["function"]["name"], call["function"]["arguments"])
        for call in message.get("toolCalls", ())
    )
    state = message.get("metadata", {}).get("eryao", {}).get("toolState")
    text, enclosures = _read(message.get("content", ""))
    return Said(
        role=message["role"],
        text=text,
        calls=calls,
        call_id=message.get("toolCallId"),
        state=state,
        enclosures=enclosures,
    )


def _read(content: Any) -> tuple[str, tuple[Enclosure, ...]]:
    """The text and the files of a content, which is a list of parts where there are files."""
    if isinstance(content, str):
        return content, ()
    texts = [part["text"] for part in content if part["type"] == "text"]
    files = [part for part in content if part["type"] != "text"]
    return "\n".join(texts), tuple(_enclosure(part) for part in files)


def _enclosure(part: Mapping[str, Any]) -> Enclosure:
    source = part["source"]
    return Enclosure(
        id=part["id"],
        path=source["value"],
        name=part["metadata"]["eryao"]["name"],
        media_type=source["mimeType"],
    )


def _within_budget(said: list[Said]) -> list[Said]:
    """The newest messages that fit, never beginning with the answer to a call that was cut off."""
    size = 0
    first = len(said)
    while first and size + len(said[first - 1].text) <= BUDGET:
        first -= 1
        size += len(said[first].text)
    while first < len(said) and said[first].role == "tool":
        first += 1
    return said[first:]
