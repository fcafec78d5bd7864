"""What every event log promises, whatever carries it; a new backend is one more entry."""

import anyio
import anyio.lowlevel
import pytest

from storage.events.base import CROWDED_BYTES, FRAMES_AT_ONCE
from tests.storage.event_log_backends import Stand
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


async def test_a_log_begins_empty(stand: Stand) -> None:
    writer = await stand.log.open(RUN, attempt=1)

    assert (writer.last, writer.whole(), writer.crowded) == (0, b"", False)
    assert await stand.log.last(RUN) == 0


async def test_frames_are_numbered_as_they_are_appended_seen_or_not(stand: Stand) -> None:
    writer = await stand.log.open(RUN, attempt=1)

    numbers = []
    for written in frames(1, 5):
        writer.append(written)
        numbers.append(writer.last)

    assert numbers == [1, 2, 3, 4, 5]


async def test_what_is_durable_can_be_seen(stand: Stand) -> None:
    writer = await begin(stand.log, frames(1, 3))
    tail = stand.log.follow(RUN)

    assert await stand.log.last(RUN) == writer.last == 3
    assert await read_to(tail, 3) == b"".join(frames(1, 3))
    assert await sees_nothing(tail)


async def test_the_whole_log_has_what_is_not_yet_durable_too(stand: Stand) -> None:
    writer = await begin(stand.log, frames(1, 2))

    writer.append(frame(3))

    assert writer.whole() == b"".join(frames(1, 3))


async def test_a_writer_far_ahead_of_the_store_is_crowded_until_it_waited(stand: Stand) -> None:
    writer = await stand.log.open(RUN, attempt=1)
    half = b"data: " + b"x" * (CROWDED_BYTES // 2) + b"\n\n"

    writer.append(half)
    assert not writer.crowded
    writer.append(half)
    assert writer.crowded
    await keep(writer, [])

    assert not writer.crowded


# --- readers -----------------------------------------------------------------------------------


async def test_a_tail_sees_every_frame_once_and_in_order_while_they_come(stand: Stand) -> None:
    writer = await stand.log.open(RUN, attempt=1)
    tail = stand.log.follow(RUN)
    seen: list[bytes] = []

    async def watch() -> None:
        seen.append(await read_all(tail))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        for burst in range(20):
            await keep(writer, frames(burst * 5 + 1, burst * 5 + burst % 5 + 1))
        await writer.finish(b"data: end\n\n")

    assert seen == [writer.whole()]
    assert tail.position == writer.last


async def test_a_tail_that_comes_before_the_writer_sees_it_all(stand: Stand) -> None:
    tail = stand.log.follow(RUN)
    assert await sees_nothing(tail)

    await begin(stand.log, frames(1, 3))

    assert await read_to(tail, 3) == b"".join(frames(1, 3))


@pytest.mark.parametrize("after", range(5))
async def test_a_late_tail_sees_what_comes_after_its_place(stand: Stand, after: int) -> None:
    writer = await begin(stand.log, frames(1, 4))
    tail = stand.log.follow(RUN, after=after)
    assert tail.position == after

    await keep(writer, [frame(5)])

    assert await read_to(tail, 5) == b"".join(frames(after + 1, 5))


async def test_a_tail_placed_beyond_the_log_waits_for_the_frame_after_its_place(
    stand: Stand,
) -> None:
    tail = stand.log.follow(RUN, after=3)
    writer = await begin(stand.log, frames(1, 3))
    assert await sees_nothing(tail)

    await keep(writer, frames(4, 5))

    assert await read_to(tail, 5) == b"".join(frames(4, 5))


async def test_many_tails_read_side_by_side_each_at_its_own_pace(stand: Stand) -> None:
    writer = await begin(stand.log)
    tails = [stand.log.follow(RUN, after=place) for place in (0, 0, 2, 5, 9)]
    eager, *others = tails
    read = b""
    for number in range(1, 11):
        await keep(writer, [frame(number)])
        read += await read_to(eager, number)

    assert read == writer.whole()
    for tail in others:
        expected = b"".join(frames(tail.position + 1, 10))
        assert await read_to(tail, 10) == expected


async def test_a_reader_gets_a_bounded_chunk_at_a_time(stand: Stand) -> None:
    total = 2 * FRAMES_AT_ONCE + 7
    writer = await begin(stand.log, frames(1, total))
    tail = stand.log.follow(RUN)

    places = []
    chunks = []
    while tail.position < total:
        chunks.append(await tail.next() or b"")
        places.append(tail.position)

    assert places == [FRAMES_AT_ONCE, 2 * FRAMES_AT_ONCE, total]
    assert b"".join(chunks) == writer.whole()


async def test_a_reader_that_does_not_read_holds_nobody_up(stand: Stand) -> None:
    asleep = stand.log.follow(RUN)
    writer = await begin(stand.log, frames(1, 700))
    awake = stand.log.follow(RUN)

    assert await read_to(awake, 700) == writer.whole()
    assert asleep.position == 0
    assert await read_to(asleep, 700) == writer.whole()


async def test_a_poke_makes_a_waiting_tail_return_at_once_and_loses_nothing(stand: Stand) -> None:
    writer = await begin(stand.log, [frame(1)])
    tail = stand.log.follow(RUN, after=1)
    answers: list[bytes | None] = []
    waiting = anyio.Event()

    async def wait() -> None:
        waiting.set()
        answers.append(await tail.next())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await waiting.wait()
        tail.poke()

    assert (answers, tail.position) == ([b""], 1)
    await keep(writer, [frame(2)])
    assert await tail.next() == frame(2)


async def test_what_comes_to_a_waiting_tail_is_handed_on(stand: Stand) -> None:
    """As long as it is taken; what is not comes from `next`, and the tail goes on after it."""
    writer = await begin(stand.log, [frame(1)])
    tail = stand.log.follow(RUN, after=1)
    taken: list[bytes] = []
    returned: list[tuple[bytes | None, int]] = []
    waiting = anyio.Event()
    came = anyio.Event()

    def take(chunk: bytes) -> bool:
        if b"too-much" in chunk:
            return False
        taken.append(chunk)
        came.set()
        return True

    async def wait() -> None:
        waiting.set()
        returned.append((await tail.next(take), len(taken)))

    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            await waiting.wait()
            for number in (2, 3, 4):
                await keep(writer, [frame(number)])
                while frame(number) not in b"".join(taken):
                    came = anyio.Event()
                    await came.wait()
            await keep(writer, [frame(5, "too-much")])

    assert b"".join(taken) == b"".join(frames(2, 4))
    assert returned == [(frame(5, "too-much"), len(taken))]
    assert tail.position == 5


async def test_the_end_is_not_handed_on(stand: Stand) -> None:
    """Who sends must know of it: it is `next` that returns the rest, and then None."""
    writer = await begin(stand.log, [frame(1)])
    tail = stand.log.follow(RUN, after=1)
    taken: list[bytes] = []
    read = b""

    def take(chunk: bytes) -> bool:
        taken.append(chunk)
        return True

    async def wait() -> None:
        nonlocal read
        while (chunk := await tail.next(take)) is not None:
            read += chunk

    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            await anyio.lowlevel.checkpoint()
            await writer.finish(frame(2, "end"))

    assert b"".join(taken) + read == frame(2, "end")


async def test_a_poke_does_not_hide_what_can_be_read(stand: Stand) -> None:
    await begin(stand.log, frames(1, 2))
    tail = stand.log.follow(RUN)

    tail.poke()

    assert await tail.next() == b"".join(frames(1, 2))


async def test_a_reader_that_is_cancelled_may_read_on(stand: Stand) -> None:
    tail = stand.log.follow(RUN)
    with anyio.move_on_after(0):
        await tail.next()

    writer = await begin(stand.log, frames(1, 2))

    assert await read_to(tail, 2) == writer.whole()


async def test_a_tail_that_was_closed_leaves_the_others_alone(stand: Stand) -> None:
    closed, other = stand.log.follow(RUN), stand.log.follow(RUN)
    writer = await begin(stand.log, frames(1, 2))

    closed.close()
    await keep(writer, [frame(3)])

    assert await read_to(other, 3) == writer.whole()


async def test_runs_do_not_see_each_others_frames(stand: Stand) -> None:
    writers = [await stand.log.open(f"run-{name}", attempt=1) for name in "abc"]
    for number in range(1, 30):
        for writer, word in zip(writers, "abc", strict=True):
            writer.append(frame(number, word))
    for writer in writers:
        await keep(writer, [])

    for word in "abc":
        tail = stand.log.follow(f"run-{word}")
        assert await read_to(tail, 29) == b"".join(frames(1, 29, word))
