"""What a log with a store behind it promises when the store is slow, refuses, or changes hands."""

from collections.abc import Awaitable, Callable

import anyio
import pytest

from storage.errors import LogFenced, StorageUnavailable
from storage.events.base import LogWriter
from tests.storage.event_log_backends import StoredStand
from tests.storage.reading import (
    PATIENCE_SECONDS,
    RUN,
    begin,
    frame,
    frames,
    keep,
    read_all,
    read_to,
    sees_nothing,
)


async def brought(stored: StoredStand) -> None:
    with anyio.fail_after(PATIENCE_SECONDS):
        await stored.store.brought()


async def failed(writer: LogWriter) -> None:
    """Return once the writer has heard that its frames were not kept."""
    with anyio.fail_after(PATIENCE_SECONDS), pytest.raises(StorageUnavailable):
        await writer.durable()


async def test_nobody_sees_a_frame_before_the_store_has_it(stored: StoredStand) -> None:
    writer = await begin(stored.log, [frame(1)])
    tail = stored.log.follow(RUN, after=1)
    stored.store.hold()

    writer.append(frame(2))
    await brought(stored)
    assert await sees_nothing(tail)
    assert (writer.last, await stored.log.last(RUN)) == (2, 1)
    stored.store.release()

    assert await read_to(tail, 2) == frame(2)


async def test_a_writer_does_not_wait_for_a_slow_store_until_it_asks_to(
    stored: StoredStand,
) -> None:
    writer = await stored.log.open(RUN, attempt=1)
    stored.store.hold()
    writer.append(frame(1))
    await brought(stored)
    returned: list[int] = []

    async def wait() -> None:
        await writer.durable()
        returned.append(await stored.log.last(RUN))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        for written in frames(2, 5):
            writer.append(written)
        await anyio.wait_all_tasks_blocked()
        assert returned == []
        stored.store.release()

    assert returned[0] in {1, 5}  # what came after the question may have come along
    await keep(writer, [])
    assert await stored.log.last(RUN) == 5


async def test_what_a_store_refused_nobody_saw_and_its_writer_hears_it(
    stored: StoredStand,
) -> None:
    writer = await begin(stored.log, [frame(1)])
    tail = stored.log.follow(RUN, after=1)
    stored.store.refuse(b"poison")

    writer.append(frame(2, "poison"))
    await failed(writer)

    with pytest.raises(StorageUnavailable):
        writer.append(frame(3))
    assert await sees_nothing(tail)
    assert await stored.log.last(RUN) == 1


async def test_after_a_refusal_another_writer_goes_on(stored: StoredStand) -> None:
    earlier = await begin(stored.log, [frame(1)])
    tail = stored.log.follow(RUN)
    stored.store.refuse(b"poison")
    earlier.append(frame(2, "poison"))
    await failed(earlier)
    stored.store.accept()

    later = await begin(stored.log, frames(2, 3), attempt=2)

    assert await read_to(tail, 3) == later.whole() == b"".join(frames(1, 3))


async def test_one_bad_log_does_not_fail_those_that_come_with_it(stored: StoredStand) -> None:
    writers = [await stored.log.open(f"run-{number}", attempt=1) for number in range(5)]
    stored.store.hold()
    stored.store.refuse(b"poison")
    # The first is on its way alone; the others wait for the next commit together.
    writers[0].append(frame(1))
    await brought(stored)
    for number, writer in enumerate(writers[1:], start=1):
        writer.append(frame(1, "poison" if number == 2 else "said"))
    stored.store.release()

    bad = writers.pop(2)
    await failed(bad)
    for writer in writers:
        await keep(writer, [frame(2)])

    lasts = [await stored.log.last(f"run-{number}") for number in range(5)]
    assert (lasts[2], sum(lasts)) == (0, 9 if lasts[0] == 3 else 8)


async def test_frames_on_their_way_when_their_writer_is_fenced_are_all_there_or_not(
    stored: StoredStand,
) -> None:
    """The store may take them after all: the next writer must wait for its answer."""
    earlier = await begin(stored.log, [frame(1)])
    tail = stored.log.follow(RUN)
    stored.store.hold()
    earlier.append(frame(2))
    await brought(stored)
    earlier.append(frame(3, "never"))
    opened: list[LogWriter] = []

    async def take_over() -> None:
        opened.append(await stored.log.open(RUN, attempt=2))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(take_over)
        await anyio.wait_all_tasks_blocked()
        assert opened == []
        stored.store.release()
    (later,) = opened
    await keep(later, [frame(3)])

    assert await read_to(tail, 3) == later.whole() == b"".join(frames(1, 3))


async def test_a_fenced_writer_that_waits_for_the_store_is_told(stored: StoredStand) -> None:
    earlier = await begin(stored.log, [frame(1)])
    stored.store.hold()
    stored.store.refuse(b"poison")
    earlier.append(frame(2, "poison"))
    await brought(stored)
    told: list[BaseException] = []

    async def wait(ask: Callable[[], Awaitable[None]]) -> None:
        try:
            await ask()
        except (LogFenced, StorageUnavailable) as refusal:
            told.append(refusal)

    async def take_over() -> None:
        await begin(stored.log, [frame(2)], attempt=2)

    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait, earlier.durable)
            tasks.start_soon(take_over)
            await anyio.wait_all_tasks_blocked()
            stored.store.release()

    assert len(told) == 1
    assert await read_to(stored.log.follow(RUN), 2) == b"".join(frames(1, 2))


async def test_a_run_may_end_while_its_last_frames_are_on_their_way(stored: StoredStand) -> None:
    writer = await begin(stored.log, [frame(1)])
    tail = stored.log.follow(RUN)
    stored.store.hold()
    writer.append(frame(2))
    await brought(stored)

    await writer.finish(frame(3))
    seen = await read_all(tail)
    stored.store.release()
    other = await stored.log.open("run-2", attempt=1)
    await keep(other, [frame(1)])

    assert seen == b"".join(frames(1, 3))


async def test_what_is_on_its_way_when_the_log_is_stopped_arrives(stored: StoredStand) -> None:
    writer = await begin(stored.log, [frame(1)])
    stored.store.hold()
    writer.append(frame(2))
    await brought(stored)
    writer.append(frame(3))

    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(stored.stop)
            await anyio.wait_all_tasks_blocked()
            stored.store.release()

    async with stored.restarted() as log:
        assert await log.last(RUN) == 3
        assert (await log.open(RUN, attempt=2)).whole() == b"".join(frames(1, 3))


# --- another process ---------------------------------------------------------------------------


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
