"""What every event log promises about its end; see test_event_logs.py."""

import anyio
import pytest

from storage.errors import LogClosed, LogFenced
from storage.events.base import FRAMES_AT_ONCE, Tail
from tests.storage.event_log_backends import Stand
from tests.storage.reading import RUN, begin, frame, frames, keep, read_all, read_to


async def test_the_final_frame_ends_every_tail(stand: Stand) -> None:
    writer = await stand.log.open(RUN, attempt=1)
    tails = [stand.log.follow(RUN) for _ in range(3)]
    seen: list[bytes] = []

    async def watch(tail: Tail) -> None:
        seen.append(await read_all(tail))

    async with anyio.create_task_group() as tasks:
        for tail in tails:
            tasks.start_soon(watch, tail)
        await keep(writer, frames(1, 2))
        await writer.finish(frame(3))

    assert seen == [b"".join(frames(1, 3))] * 3
    assert [await tail.next() for tail in tails] == [None] * 3


async def test_the_end_shows_what_was_written_just_before_it(stand: Stand) -> None:
    """The archive has these frames already, so nobody need wait for the live log's copy."""
    writer = await begin(stand.log, [frame(1)])
    tail = stand.log.follow(RUN)

    writer.append(frame(2))
    await writer.finish(frame(3))

    assert await read_all(tail) == b"".join(frames(1, 3))


async def test_a_tail_that_lags_behind_reads_all_before_it_ends(stand: Stand) -> None:
    total = FRAMES_AT_ONCE + 5
    tail = stand.log.follow(RUN)
    writer = await begin(stand.log, frames(1, total))

    await writer.finish(frame(total + 1))

    assert await read_all(tail) == b"".join(frames(1, total + 1))
    assert tail.position == total + 1


async def test_nothing_follows_the_final_frame(stand: Stand) -> None:
    writer = await begin(stand.log, [frame(1)])
    tail = stand.log.follow(RUN)
    await writer.finish(frame(2))

    with pytest.raises(LogClosed):
        writer.append(frame(3))

    assert await read_all(tail) == b"".join(frames(1, 2))


async def test_the_end_of_one_run_is_nothing_to_another(stand: Stand) -> None:
    other = await stand.log.open("run-2", attempt=1)
    tail = stand.log.follow("run-2")
    writer = await begin(stand.log, [frame(1)])

    await writer.finish(frame(2))
    await keep(other, [frame(1, "other")])

    assert await read_to(tail, 1) == frame(1, "other")


async def test_a_log_that_nobody_follows_may_end(stand: Stand) -> None:
    writer = await begin(stand.log)

    await writer.finish(frame(1))

    with pytest.raises(LogClosed):
        writer.append(frame(2))


async def test_a_refused_word_is_no_word(stand: Stand) -> None:
    """Whoever is told that the log is closed or taken must find it as it was."""
    earlier = await begin(stand.log, [frame(1)])
    later = await begin(stand.log, attempt=2)

    with pytest.raises(LogFenced):
        earlier.append(frame(2, "stale"))
    await keep(later, [frame(2)])

    assert await read_to(stand.log.follow(RUN), 2) == b"".join(frames(1, 2))
