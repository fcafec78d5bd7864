"""A reader's place in a log of this process: what it costs that log to be waited at."""

import anyio

from storage.events.live_log import LiveLog
from storage.events.live_tail import LiveTail
from tests.storage.reading import frame


async def test_a_quiet_log_does_not_hold_on_to_who_left() -> None:
    """Whoever comes and goes while a model is silent would leave a connection behind each time."""
    log = LiveLog("run-1")
    tail = LiveTail(log, 0, on_close=lambda _log: None)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tail.next)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    tail.close()

    assert (log.waiters, log.tails) == ([], {})


async def test_a_reader_that_fails_reaches_no_other() -> None:
    log = LiveLog("run-1")
    failing, other = (LiveTail(log, 0, on_close=lambda _log: None) for _ in range(2))
    read: list[bytes | None] = []
    handed: list[bytes] = []

    def fail(_chunk: bytes) -> bool:
        raise RuntimeError

    def take(chunk: bytes) -> bool:
        handed.append(chunk)
        return True

    async def wait() -> None:
        read.append(await failing.next(fail))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        tasks.start_soon(other.next, take)
        await anyio.wait_all_tasks_blocked()
        log.frames.append(frame(1))
        log.show(1)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()

    assert (read, handed) == ([frame(1)], [frame(1)])
