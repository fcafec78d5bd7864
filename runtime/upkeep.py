"""Background work that outlives its own mistakes: a failed step is logged and tried again."""

import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

import anyio

PAUSE_SECONDS = 1.0

log = logging.getLogger(__name__)


async def forever(step: Callable[[], Awaitable[None]], *, name: str) -> NoReturn:
    """Repeat a step until cancelled; it waits for its own time within itself."""
    while True:
        try:
            await step()
        except Exception as failure:
            # Whatever it was, a server without this work would look alive and not be.
            reason = f"{name}: {type(failure).__name__}"
            log.exception("a step of the upkeep failed", extra={"reason": reason})
            await anyio.sleep(PAUSE_SECONDS)
