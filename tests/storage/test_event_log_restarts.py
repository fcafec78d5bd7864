"""What a log with a store behind it promises to the process that comes next."""

import anyio
import pytest

from tests.storage.event_log_backends import StoredStand
from tests.storage.reading import (
    PATIENCE_SECONDS,
    RUN,
    begin,
    brought,
    frame,
    frames,
    keep,
    read_to,
    sees_nothing,
)


async def test_after_a_restart_a_writer_goes_on_right_after_the_last_durable_frame(
    stored: StoredStand,
) -> None:
    await begin(stored.log, frames(1, 3))

    async with stored.restarted() as log:
        tail = log.follow(RUN, after=2)
        assert await log.last(RUN) == 3
        later = await begin(log, frames(4, 5), attempt=2)

        assert later.whole() == b"".join(frames(1, 5))
        assert await read_to(tail, 5) == b"".join(frames(3, 5))


async def test_who_waits_after_a_restart_sees_what_was_left_once_the_log_is_opened(
    stored: StoredStand,
) -> None:
    """The viewer came before the worker, and the worker has nothing to say yet."""
    await begin(stored.log, frames(1, 3))
    seen: list[bytes] = []

    async with stored.restarted() as log:
        tail = log.follow(RUN)

        async def watch() -> None:
            seen.append(await read_to(tail, 3))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watch)
            await anyio.wait_all_tasks_blocked()
            await log.open(RUN, attempt=2)

    assert seen == [b"".join(frames(1, 3))]


async def test_after_a_restart_frames_are_told_apart_as_they_were(stored: StoredStand) -> None:
    """They were kept by the bunch, and read back one by one."""
    writer = await stored.log.open(RUN, attempt=1)
    for bunch in (frames(1, 1), frames(2, 8), frames(9, 10)):
        await keep(writer, bunch)

    async with stored.restarted() as log:
        later = await log.open(RUN, attempt=2)
        assert later.last == 10
        for place in range(10):
            tail = log.follow(RUN, after=place)
            assert await read_to(tail, 10) == b"".join(frames(place + 1, 10))


async def test_what_a_killed_process_had_not_made_durable_never_was(stored: StoredStand) -> None:
    earlier = await begin(stored.log, [frame(1)])
    stored.store.hold()
    earlier.append(frame(2, "never"))
    await brought(stored)

    async with stored.restarted() as log:
        later = await begin(log, [frame(2)], attempt=2)
        assert later.whole() == b"".join(frames(1, 2))


async def test_of_two_processes_that_write_one_number_the_second_loses(
    stored: StoredStand,
) -> None:
    """A process that was frozen comes back and still believes that the run is its own."""
    frozen = await begin(stored.log, [frame(1)])
    seen_by_its_viewers = stored.log.follow(RUN, after=1)
    stored.store.hold()
    frozen.append(frame(2, "stale"))
    await brought(stored)
    async with stored.restarted() as log:
        await begin(log, [frame(2)], attempt=2)

        stored.store.release()
        with anyio.fail_after(PATIENCE_SECONDS), pytest.raises(Exception) as told:  # noqa: PT011
            await frozen.durable()

        assert not isinstance(told.value, TimeoutError)
        assert await sees_nothing(seen_by_its_viewers)
        assert await read_to(log.follow(RUN), 2) == b"".join(frames(1, 2))


async def test_the_last_words_of_a_writer_that_left_are_there_once_or_not_at_all(
    stored: StoredStand,
) -> None:
    earlier = await begin(stored.log, [frame(1)])
    earlier.append(frame(2))
    earlier.leave()
    later = await stored.log.open(RUN, attempt=2)
    written = frames(later.last + 1, later.last + 2)
    await keep(later, written)

    async with stored.restarted() as log:
        assert (await log.open(RUN, attempt=3)).whole() == later.whole()


async def test_a_restart_after_a_restart_still_has_it_all(stored: StoredStand) -> None:
    await begin(stored.log, [frame(1)])
    for number in (2, 3, 4):
        async with stored.restarted() as log:
            await begin(log, [frame(number)], attempt=number)

    async with stored.restarted() as log:
        assert (await log.open(RUN, attempt=9)).whole() == b"".join(frames(1, 4))


async def test_a_log_that_ended_leaves_nothing_behind_once_the_next_commit_is_done(
    stored: StoredStand,
) -> None:
    """The archive has it; a live copy for ever would be one too many."""
    writer = await begin(stored.log, frames(1, 2))
    await writer.finish(frame(3))
    other = await stored.log.open("run-2", attempt=1)

    await keep(other, [frame(1)])

    async with stored.restarted() as log:
        assert await log.last(RUN) == 0
