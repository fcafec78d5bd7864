"""A reader's place in a log of this process: what it costs that log to be waited at."""

import anyio

from storage.events.live_log import LiveLog
from storage.events.live_tail import LiveTail


async def test_a_tail_that_is_poked_for_hours_is_called_once() -> None:
    """Each ping of a quiet stream is a poke, and each wait after it would be one more call."""
    log = LiveLog("run-1")
    tail = LiveTail(log, 0, closed=lambda _log: None)

    for _ in range(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(tail.next)
            await anyio.wait_all_tasks_blocked()
            tail.poke()

    assert len(log.waiters) == 1
