"""Models at scripted endpoints."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.model_endpoint import ModelEndpoint, Reply

if TYPE_CHECKING:
    from runtime.agent.models.openai import OpenAIModel

Open = Callable[..., ModelEndpoint]
Connect = Callable[..., "OpenAIModel"]


@pytest.fixture
def opened() -> Iterator[Open]:
    """Open an endpoint that gives these replies."""
    with ExitStack() as stack:

        def start(*replies: Reply) -> ModelEndpoint:
            return stack.enter_context(ModelEndpoint(*replies))

        yield start


@pytest.fixture
async def connected() -> AsyncIterator[Connect]:
    """Connect a model to an endpoint; it pauses for next to nothing between its tries."""
    # Imported here: whoever only collects these tests does without its second of imports.
    from runtime.agent.models.openai import Endpoint, OpenAIModel  # noqa: PLC0415

    async with AsyncExitStack() as stack:

        def connect(endpoint: ModelEndpoint | str, **settings: Any) -> OpenAIModel:
            url = endpoint if isinstance(endpoint, str) else endpoint.url
            named = {"key": settings.pop("key", ""), "options": settings.pop("options", {})}
            chosen = {"read_seconds": 10, "pause_seconds": 0.001, **settings}
            model = OpenAIModel(Endpoint(url=url, model="tiny", **named), **chosen)
            stack.push_async_callback(model.aclose)
            return model

        yield connect
