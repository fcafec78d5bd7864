"""The loop between a model and the tools."""

import anyio
import pytest

from runtime.agent.loop import AgentLoop, Answered, Waiting
from runtime.agent.models.base import Text, ToolRequest
from tests.support.prompts import ToldModel, prompt


class FullLog:
    """A recorder that takes no more."""

    def begin_turn(self) -> None:
        """Nothing to note."""

    def text(self, delta: str) -> None:
        raise OverflowError

    def thought(self, delta: str) -> None:
        raise OverflowError

    def call_begun(self, name: str) -> str:
        raise OverflowError

    def call_arguments(self, call_id: str, delta: str) -> None:
        raise OverflowError

    def end_turn(self, calls: object) -> None:
        """Nothing to note."""

    def heard(self) -> bool:
        return True

    async def durable(self) -> None:
        await anyio.lowlevel.checkpoint()


class NoDesk:
    async def call(self, request: ToolRequest) -> Answered | Waiting:
        raise LookupError(request.name)


async def test_a_loop_that_ends_early_lets_go_of_the_model() -> None:
    """At once, not when a collector comes by: an open request costs money with each token."""
    model = ToldModel([Text("a")], [Text("b")])
    held = model.answer  # whoever else holds the model changes nothing

    with pytest.raises(OverflowError) as failure:
        await AgentLoop(model, max_steps=2).run(prompt(), FullLog(), NoDesk())

    assert held is not None
    assert failure.value.__traceback__ is not None
    assert model.left
