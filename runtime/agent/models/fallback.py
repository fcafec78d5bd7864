"""Two models as one: the second is asked where the first has not said a word."""

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import anyio

from runtime.agent.models.base import ChatModel, ModelUnavailable, Piece, Prompt, Suggested

log = logging.getLogger(__name__)


class FallbackModel:
    """See ChatModel. Whoever spoke first goes on alone, since nobody can finish another's words."""

    def __init__(self, first: ChatModel, second: ChatModel, *, patience_seconds: float) -> None:
        self._first = first
        self._second = second
        self._patience_seconds = patience_seconds

    async def answer(self, prompt: Prompt) -> AsyncGenerator[Sequence[Piece]]:
        async with aclosing(self._first.answer(prompt)) as answer:
            begun = await self._begin(answer)
            if begun is not None:
                yield begun
                async for batch in answer:
                    yield batch
                return
        async with aclosing(self._second.answer(prompt)) as answer:
            async for batch in answer:
                yield batch

    async def suggest(self, prompt: Prompt, *, most: int, seconds: float) -> Suggested:
        """Of whoever has any: whose answer it was is forgotten, and the chart is the same."""
        first = await self._first.suggest(prompt, most=most, seconds=seconds / 2)
        if first.questions:
            return first
        second = await self._second.suggest(prompt, most=most, seconds=seconds / 2)
        return Suggested(second.questions, first.usage + second.usage)

    async def aclose(self) -> None:
        await self._first.aclose()
        await self._second.aclose()

    async def _begin(self, answer: AsyncGenerator[Sequence[Piece]]) -> Sequence[Piece] | None:
        """The first pieces, or None where none came: then nobody has seen anything yet."""
        try:
            with anyio.fail_after(self._patience_seconds):
                return await anext(answer, None)
        except (ModelUnavailable, TimeoutError) as failure:
            reason = f"{type(failure).__name__}: {failure}"
            log.warning(
                "the first model did not answer; the second is asked", extra={"reason": reason}
            )
            return None
