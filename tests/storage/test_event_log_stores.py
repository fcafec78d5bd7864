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
    brought,
    frame,
    frames,
    keep,
    read_all,
    read_to,
    sees_nothing,
)


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


async def test_one_bad_log_does_not_fail_those_that_come_with_it(between: StoredStand) -> None:
    """A file takes all of a window or nothing; where each run has a key, each has its answer."""
    stored = between
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
    assert lasts == [2, 2, 0, 2, 2]


async def test_what_came_with_a_bad_log_outlives_it(between: StoredStand) -> None:
    stored = between
    first, bad, good = [await stored.log.open(f"run-{name}", attempt=1) for name in "abc"]
    stored.store.hold()
    stored.store.refuse(b"poison")
    first.append(frame(1))
    await brought(stored)
    bad.append(frame(1, "poison"))
    good.append(frame(1))
    stored.store.release()
    await failed(bad)
    await keep(good, frames(2, 3))

    stored.store.accept()
    await first.finish(frame(2))
    await bad.finish(frame(1))
    await keep(good, [frame(4)])

    async with stored.restarted() as log:
        assert (await log.open("run-c", attempt=2)).whole() == b"".join(frames(1, 4))


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
