"""Model, tools, model … until there is an answer, or something that the user must decide."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Protocol

from runtime.agent.models.base import (
    CallArguments,
    CallBegun,
    ChatModel,
    ModelCut,
    Piece,
    Prompt,
    Said,
    Stop,
    Text,
    Thought,
    ToolRequest,
    Usage,
)


class TooManySteps(Exception):
    """The model went on calling tools for longer than it may."""


class Recorder(Protocol):
    """Who writes down what the model says, as it says it."""

    def begin_turn(self) -> None: ...

    def text(self, delta: str) -> None: ...

    def thought(self, delta: str) -> None: ...

    def call_begun(self, name: str) -> str:
        """Return the id that this call will go by."""

    def call_arguments(self, call_id: str, delta: str) -> None: ...

    def end_turn(self, calls: Sequence[ToolRequest]) -> None: ...

    def heard(self) -> bool:
        """Note that the model is at work; True where the log has fallen behind it."""

    async def durable(self) -> None:
        """Wait until all that was written down is kept."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A tool call that has its result."""

    content: str
    state: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A tool call that the user must decide about."""


class ToolDesk(Protocol):
    """Who carries tool calls out, or has them wait."""

    async def call(self, request: ToolRequest) -> Answered | Waiting: ...


@dataclass(slots=True)
class _Turn:
    """One answer of the model as it comes in."""

    text: list[str] = field(default_factory=list)
    calls: dict[int, tuple[str, str, list[str]]] = field(default_factory=dict)
    whole: bool = False

    def requests(self) -> tuple[ToolRequest, ...]:
        return tuple(
            ToolRequest(call_id, name, "".join(parts))
            for call_id, name, parts in self.calls.values()
        )


@dataclass(slots=True)
class Result:
    """What a run of the loop came to."""

    # The conversation with all that came of it.
    said: list[Said] = field(default_factory=list)
    waiting: list[ToolRequest] = field(default_factory=list)
    usage: list[Usage] = field(default_factory=list)


class AgentLoop:
    """Drives one conversation to its next rest."""

    def __init__(self, model: ChatModel, *, max_steps: int) -> None:
        self._model = model
        self._max_steps = max_steps

    async def run(self, prompt: Prompt, recorder: Recorder, desk: ToolDesk) -> Result:
        result = Result(list(prompt.said))
        said = result.said
        for _ in range(self._max_steps):
            turn = await self._ask(replace(prompt, said=said), recorder, result)
            requests = turn.requests()
            said.append(Said(role="assistant", text="".join(turn.text), calls=requests))
            if not requests:
                return result
            said += await _carry_out(requests, desk, result)
            if result.waiting:
                return result
        raise TooManySteps

    async def _ask(self, prompt: Prompt, recorder: Recorder, result: Result) -> _Turn:
        turn = _Turn()
        recorder.begin_turn()
        # A run that ends in here leaves no request behind it.
        async with aclosing(self._model.answer(prompt)) as answer:
            async for batch in answer:
                for piece in batch:
                    _take(piece, turn, recorder, result)
                if recorder.heard():
                    await recorder.durable()
        if not turn.whole:
            raise ModelCut("the stream ended without a finish")
        recorder.end_turn(turn.requests())
        return turn


def _take(piece: Piece, turn: _Turn, recorder: Recorder, result: Result) -> None:
    if isinstance(piece, Text):  # nearly always; a pattern costs several times as much
        turn.text.append(piece.delta)
        recorder.text(piece.delta)
        return
    match piece:
        case Thought(delta):
            recorder.thought(delta)
        case CallBegun(index, name):
            turn.calls[index] = (recorder.call_begun(name), name, [])
        case CallArguments(index, delta):
            call_id, _, parts = turn.calls[index]
            parts.append(delta)
            recorder.call_arguments(call_id, delta)
        case Usage():
            result.usage.append(piece)
        case Stop():
            turn.whole = True


async def _carry_out(requests: Sequence[ToolRequest], desk: ToolDesk, result: Result) -> list[Said]:
    answers: list[Said] = []
    for request in requests:
        match await desk.call(request):
            case Answered(content, state):
                answers.append(
                    Said(role="tool", text=content, call_id=request.call_id, state=state)
                )
            case Waiting():
                result.waiting.append(request)
    return answers
