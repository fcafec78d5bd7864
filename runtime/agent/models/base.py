"""What the agent asks of any model, and the pieces that an answer arrives in."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol


class ModelFailed(Exception):
    """No answer, or half of one; the text is for our logs, not for the user."""


class ModelUnavailable(ModelFailed):
    """The model could not be reached, or refused."""


class ModelCut(ModelFailed):
    """The answer stopped before its end."""


@dataclass(frozen=True, slots=True)
class Text:
    delta: str


@dataclass(frozen=True, slots=True)
class Thought:
    delta: str


@dataclass(frozen=True, slots=True)
class CallBegun:
    """The model begins to call a tool; `index` tells the calls of one answer apart."""

    index: int
    name: str


@dataclass(frozen=True, slots=True)
class CallArguments:
    index: int
    delta: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer; what is not known is left out."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    model: str | None = None
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """The answer is whole. A stream that ends without one was cut."""


Piece = Text | Thought | CallBegun | CallArguments | Usage | Stop


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """A tool call as the history has it."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file that came with a message, and what of it the model is given: often nothing."""

    id: str
    path: str
    name: str
    media_type: str
    content: bytes | None = field(default=None, repr=False)
    transcript: str | None = None

    @property
    def is_known(self) -> bool:
        return self.content is not None or self.transcript is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message of the conversation."""

    role: str
    text: str
    calls: tuple[ToolRequest, ...] = ()
    # On a tool's message: which call it answers, and how that ended.
    call_id: str | None = None
    state: str | None = None
    enclosures: tuple[Enclosure, ...] = ()

    @property
    def words(self) -> str:
        """What was written, and what was said in recordings."""
        heard = (enclosure.transcript for enclosure in self.enclosures)
        return "\n".join(text for text in (self.text, *heard) if text)


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as the model is told of it."""

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the reading is about: the facts that every model, ours too, works from."""

    mode: str
    locale: str
    now: datetime
    timezone: str
    question: str
    category: str
    derived: Mapping[str, Any] | None
    querent: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """All that a model is asked with."""

    scene: Scene
    said: Sequence[Said]
    tools: Sequence[ToolSpec] = ()

    def with_answer(self, answer: Said) -> "Prompt":
        return replace(self, said=[*self.said, answer])


@dataclass(frozen=True, slots=True)
class Suggested:
    """Questions to ask next as the model has them, unchecked, and what it took to get them."""

    questions: tuple[str, ...] = ()
    usage: tuple[Usage, ...] = ()


class ChatModel(Protocol):
    """Every model's promise: pieces in order, those that arrive together in one batch.

    It raises ModelFailed when there is no (whole) answer, and may be cancelled at any piece.
    """

    def answer(self, prompt: Prompt) -> AsyncGenerator[Sequence[Piece]]: ...

    async def suggest(self, prompt: Prompt, *, most: int, seconds: float) -> Suggested:
        """Return what the user may ask next; `prompt` ends with the answer that was given.

        Within these seconds, and without ModelFailed: a model that fails or is late has none.
        """

    async def aclose(self) -> None:
        """Let go of what is held open between answers."""
