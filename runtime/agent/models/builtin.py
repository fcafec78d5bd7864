"""The built-in interpreter: a reading composed from the chart and the classical texts, streamed."""

from collections.abc import AsyncGenerator, Sequence

import anyio

from runtime.agent.models.base import Piece, Prompt, Scene, Stop, Text, Usage
from tools.liuyao.reading.compose import compose
from tools.liuyao.reading.pieces import tokens

# So many unpaced pieces at once: a whole reading must leave the loop to others now and then.
BURST = 50


class NothingToRead(ValueError):
    """A reading was asked for without a chart."""


class BuiltinModel:
    """See ChatModel. Deterministic: the same cast gives the same words."""

    def __init__(self, *, pace_ms: int) -> None:
        self._pace = pace_ms / 1000

    async def answer(self, prompt: Prompt) -> AsyncGenerator[Sequence[Piece]]:
        pieces = tokens(_reading(prompt.scene))
        size = 1 if self._pace else BURST
        for first in range(0, len(pieces), size):
            yield [Text(piece) for piece in pieces[first : first + size]]
            await anyio.sleep(self._pace)
        yield [Usage(output_tokens=len(pieces), model="builtin", provider="eryao"), Stop()]


def _reading(scene: Scene) -> str:
    if scene.derived is None:
        raise NothingToRead
    reading = compose(
        scene.derived,
        question=scene.question,
        category=scene.category,
        locale=scene.locale,
        querent=scene.querent,
    )
    return reading.text()
