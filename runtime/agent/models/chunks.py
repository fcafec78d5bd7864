"""From the bytes of a chat completion's stream to pieces, trusting nothing about their shape."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json

from runtime.agent.models.base import (
    CallArguments,
    CallBegun,
    Piece,
    Stop,
    Text,
    Thought,
    Usage,
)

# One event is a few hundred bytes; a run's log ends at 8 MiB, which takes some 20 MiB of these.
EVENT_BYTES = 1024 * 1024
ANSWER_BYTES = 32 * 1024 * 1024
# Ends that are ends, in the spellings of compatible servers. Any other word (length, error, abort,
# one that is new) means that the answer is not whole: it must not be charged as if it were.
WHOLE = frozenset(
    {"stop", "tool_calls", "function_call", "end_turn", "stop_sequence", "eos", "eos_token"}
)


class StreamSpoilt(Exception):
    """What came is no stream of chat completion chunks, or says itself that it failed."""


@dataclass(frozen=True, slots=True)
class _Call:
    number: int
    call_id: object


class ChunkReader:
    """Reads one answer: bytes in as the network gives them, pieces out."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._taken = 0
        self._rest = b""
        self._data: list[bytes] = []
        self._calls: dict[str, _Call] = {}
        self._begun = 0
        self._usage: Mapping[str, Any] = {}
        # Whether anything at all has come of the answer, and whether it has words or calls.
        self.spoke = False
        self.says_something = False
        self.finish: str | None = None

    @property
    def finished(self) -> bool:
        """Whether the answer is there; only the count of its tokens may be missing."""
        return self.finish is not None

    def feed(self, data: bytes) -> list[Piece]:
        """Return the pieces of all events that these bytes complete."""
        self._taken += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > EVENT_BYTES or self._taken > ANSWER_BYTES:
            raise StreamSpoilt("too many bytes")
        pieces: list[Piece] = []
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(line[5:])
            elif self._data and not line.strip():
                event, self._data = _joined(self._data), []
                self._take(event, pieces)
            # Comments, event names and ids say nothing that the data does not.
        if pieces:
            self.spoke = True
        return pieces

    def end(self) -> list[Piece]:
        """Return what there is to say after the last byte: the count, and that it is whole."""
        counted = Usage(
            input_tokens=_count(self._usage.get("prompt_tokens")),
            output_tokens=_count(self._usage.get("completion_tokens")),
            model=self._model,
        )
        return [counted, Stop()]

    # --- one event --------------------------------------------------------------------------

    def _take(self, data: bytes, pieces: list[Piece]) -> None:
        if data.strip() == b"[DONE]":
            return
        try:
            self._take_chunk(_parsed(data), pieces)
        except StreamSpoilt:
            # What comes after the end cannot spoil what is there.
            if not self.finished:
                raise

    def _take_chunk(self, chunk: dict[str, Any], pieces: list[Piece]) -> None:
        if chunk.get("error") or chunk.get("object") == "error":
            raise StreamSpoilt(f"an error in the stream: {_kind(chunk)}")
        if isinstance(usage := chunk.get("usage"), dict):
            self._usage = usage
        choices = chunk.get("choices")
        # Chunks without a choice are legal, and only the first choice is ours.
        if not isinstance(choices, list) or not choices:
            return
        choice = choices[0]
        if not isinstance(choice, dict) or choice.get("index"):
            return
        if isinstance(delta := choice.get("delta"), dict):
            self._take_delta(delta, pieces)
        if reason := choice.get("finish_reason"):
            self.finish = str(reason)

    def _take_delta(self, delta: dict[str, Any], pieces: list[Piece]) -> None:
        # Two spellings of one thing; who sends both sends the same twice.
        thought = delta.get("reasoning_content") or delta.get("reasoning")
        if thought and isinstance(thought, str):
            pieces.append(Thought(thought))
        text = delta.get("content") or delta.get("refusal")
        if text and isinstance(text, str):
            self.says_something |= not text.isspace()
            pieces.append(Text(text))
        if calls := delta.get("tool_calls"):
            for fragment in _dicts(calls):
                self._take_call(fragment, pieces)

    def _take_call(self, fragment: dict[str, Any], pieces: list[Piece]) -> None:
        function = fragment.get("function")
        if not isinstance(function, dict):
            return
        index, call_id, name = str(fragment.get("index")), fragment.get("id"), function.get("name")
        call = self._calls.get(index)
        # Some servers give all parallel calls one index, or none: then the ids tell them apart.
        # Others repeat the name with each fragment, so a name alone begins no second call.
        is_new = call is None or call_id not in (None, "", call.call_id)
        if is_new and name and isinstance(name, str):
            call = self._calls[index] = _Call(self._begun, call_id)
            self._begun += 1
            self.says_something = True
            pieces.append(CallBegun(call.number, name))
        if arguments := _text_of(function.get("arguments")):
            if call is None:
                raise StreamSpoilt("arguments of a call that has no name")
            pieces.append(CallArguments(call.number, arguments))


def _joined(lines: list[bytes]) -> bytes:
    return lines[0] if len(lines) == 1 else b"\n".join(lines)


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        chunk = from_json(data)
    except ValueError:
        chunk = _parsed_patiently(data)
    if not isinstance(chunk, dict):
        raise StreamSpoilt("an event that is no object")
    return chunk


def _parsed_patiently(data: bytes) -> Any:
    """The same with bytes that are no UTF-8, and halves of surrogate pairs, made harmless."""
    try:
        chunk = json.loads(data.decode("utf-8", "replace"))
        return from_json(json.dumps(chunk, ensure_ascii=False).encode(errors="replace"))
    except (ValueError, RecursionError) as exc:
        raise StreamSpoilt("an event that is no JSON") from exc


def _dicts(value: object) -> Iterator[dict[str, Any]]:
    yield from (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def _text_of(arguments: object) -> str:
    """A fragment of JSON; a few servers send the object itself, whole."""
    if isinstance(arguments, dict):
        return json.dumps(arguments, ensure_ascii=False)
    return arguments if isinstance(arguments, str) else ""


def _count(tokens: object) -> int | None:
    return tokens if isinstance(tokens, int) and tokens >= 0 else None


def _kind(chunk: Mapping[str, Any]) -> str:
    """What sort of error it is; its sentence may quote the user, so that stays out."""
    error = chunk.get("error")
    told = error if isinstance(error, dict) else chunk
    return kind_of(told)


def kind_of(error: Mapping[str, Any]) -> str:
    """An error's type and code, as far as they look like such."""
    named = [str(error[name]) for name in ("type", "code", "status") if error.get(name)]
    short = [
        word
        for word in named
        if len(word) <= 60 and word.replace("_", "").replace("-", "").replace(".", "").isalnum()
    ]
    return " ".join(short) or "of no known kind"
