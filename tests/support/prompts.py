"""Conversations as a model is asked with them."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import anyio

from runtime.agent.models.base import (
    ChatModel,
    Piece,
    Prompt,
    Said,
    Scene,
    Suggested,
    Text,
    Thought,
    ToolSpec,
)
from tools.liuyao.derive import derive
from tools.liuyao.payload import parse_cast

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
QUESTION = "Will the plan work out?"
SPECS = (ToolSpec("look_up_text", "Look up a text.", {"type": "object", "properties": {}}),)


def chart() -> dict[str, Any]:
    payload = {
        "question": QUESTION,
        "category": "career",
        "method": "coins",
        "lines": [7, 7, 9, 7, 8, 6],
        "castAt": "2026-03-14T23:30:00+08:00",
        "timezone": "Asia/Shanghai",
    }
    return derive(parse_cast(payload, now=NOW))


def scene(**changes: Any) -> Scene:
    whole: dict[str, Any] = {
        "mode": "divination",
        "locale": "en",
        "now": NOW,
        "timezone": "Asia/Shanghai",
        "question": QUESTION,
        "category": "career",
        "derived": chart(),
        **changes,
    }
    return Scene(**whole)


def prompt(*said: Said, tools: Sequence[ToolSpec] = SPECS, **changes: Any) -> Prompt:
    """Return a prompt with these messages; without any, the user has just asked."""
    return Prompt(scene=scene(**changes), said=said or [user(QUESTION)], tools=tools)


def user(text: str) -> Said:
    return Said(role="user", text=text)


async def batches_of(model: ChatModel, asked: Prompt | None = None) -> list[Sequence[Piece]]:
    """Everything that a model says."""
    async with aclosing(model.answer(asked or prompt())) as answer:
        return [batch async for batch in answer]


async def pieces_of(model: ChatModel, asked: Prompt | None = None) -> list[Piece]:
    return [piece for batch in await batches_of(model, asked) for piece in batch]


async def until_failure(
    model: ChatModel, asked: Prompt | None = None, then: Callable[[], None] = lambda: None
) -> tuple[list[Piece], Exception | None]:
    """What a model said before it failed, and how it did; `then` is done after each batch."""
    seen: list[Piece] = []
    try:
        async with aclosing(model.answer(asked or prompt())) as answer:
            async for batch in answer:
                seen += batch
                then()
    except Exception as failure:  # noqa: BLE001  # the test looks at it
        return seen, failure
    return seen, None


def text_in(pieces: Sequence[Piece]) -> str:
    return "".join(piece.delta for piece in pieces if isinstance(piece, Text))


def thought_in(pieces: Sequence[Piece]) -> str:
    return "".join(piece.delta for piece in pieces if isinstance(piece, Thought))


class ToldModel:
    """A model that says these batches, then fails with this, if anything.

    It waits for `wait` before the first of them, and for `pause` before each of the others.
    """

    def __init__(
        self,
        *batches: Sequence[Piece],
        failure: Exception | None = None,
        wait: anyio.Event | None = None,
        pause: anyio.Event | None = None,
    ) -> None:
        self.batches = batches
        self.failure = failure
        self.gates = [wait, *[pause] * (len(batches) - 1)]
        self.asked: list[Prompt] = []
        self.suggested = Suggested()
        self.suggest_seconds: list[float] = []
        self.left = False
        self.closed = False

    async def answer(self, prompt: Prompt) -> AsyncGenerator[Sequence[Piece]]:
        self.asked.append(prompt)
        try:
            for gate, batch in zip(self.gates, self.batches, strict=False):
                if gate is not None:
                    await gate.wait()
                yield batch
            if self.failure is not None:
                raise self.failure
        finally:
            self.left = True

    async def suggest(self, prompt: Prompt, *, most: int, seconds: float) -> Suggested:
        self.suggest_seconds.append(seconds)
        return self.suggested

    async def aclose(self) -> None:
        self.closed = True
