"""What a log between processes promises: one writes, others read along, and none is told a lie."""

import anyio
import pytest

from storage.errors import LogFenced
from storage.events.base import Tail
from tests.storage.event_log_backends import StoredStand
from tests.storage.reading import RUN, begin, frame, frames, keep, read_all, read_to


async def test_who_reads_elsewhere_sees_every_frame_and_the_end(between: StoredStand) -> None:
    writer = await between.log.open(RUN, attempt=1)
    seen: list[bytes] = []

    async with between.restarted() as elsewhere, anyio.create_task_group() as tasks:

        async def watch(tail: Tail) -> None:
            seen.append(await read_all(tail))

        for _ in range(3):
            tasks.start_soon(watch, elsewhere.follow(RUN))
        for burst in range(20):
            await keep(writer, frames(burst * 5 + 1, burst * 5 + burst % 5 + 1))
        await writer.finish(b"data: end\n\n")

    assert seen == [writer.whole()] * 3


@pytest.mark.parametrize("after", range(5))
async def test_who_comes_late_elsewhere_goes_on_after_its_place(
    between: StoredStand, after: int
) -> None:
    writer = await begin(between.log, frames(1, 4))

    async with between.restarted() as elsewhere:
        tail = elsewhere.follow(RUN, after=after)
        await keep(writer, [frame(5)])

        assert await read_to(tail, 5) == b"".join(frames(after + 1, 5))
        assert await elsewhere.last(RUN) == 5


async def test_the_end_elsewhere_comes_with_what_was_written_just_before_it(
    between: StoredStand,
) -> None:
    writer = await begin(between.log, [frame(1)])

    async with between.restarted() as elsewhere:
        tail = elsewhere.follow(RUN)
        assert await read_to(tail, 1) == frame(1)
        writer.append(frame(2))
        await writer.finish(frame(3))

        assert await read_all(tail) == b"".join(frames(2, 3))


async def test_who_comes_elsewhere_just_after_the_end_still_reads_it_all(
    between: StoredStand,
) -> None:
    writer = await begin(between.log, frames(1, 2))
    await writer.finish(frame(3))

    async with between.restarted() as elsewhere:
        assert await read_all(elsewhere.follow(RUN, after=1)) == b"".join(frames(2, 3))


async def test_many_runs_are_followed_side_by_side(between: StoredStand) -> None:
    runs = [f"run-{number}" for number in range(40)]
    seen: dict[str, bytes] = {}

    async def write(run: str) -> None:
        writer = await between.log.open(run, attempt=1)
        for number in range(1, 20):
            await keep(writer, [frame(number, run)])
        await writer.finish(frame(20, run))

    async with between.restarted() as elsewhere, anyio.create_task_group() as tasks:

        async def watch(run: str) -> None:
            seen[run] = await read_all(elsewhere.follow(run))

        for run in runs:
            tasks.start_soon(watch, run)
            tasks.start_soon(write, run)

    assert seen == {run: b"".join(frames(1, 20, run)) for run in runs}


async def test_a_run_that_is_taken_over_is_one_log_to_who_reads_elsewhere(
    between: StoredStand,
) -> None:
    await begin(between.log, frames(1, 3))

    async with between.restarted() as second, between.restarted() as third:
        tail = third.follow(RUN)
        assert await read_to(tail, 2) == b"".join(frames(1, 3))
        later = await begin(second, frames(4, 5), attempt=2)
        await later.finish(frame(6))

        assert await read_all(tail) == b"".join(frames(4, 6))


async def test_viewers_beside_a_writer_that_lost_the_run_see_its_successor(
    between: StoredStand,
) -> None:
    """The zombie's own viewers, too, read what was written and not what it says."""
    zombie = await begin(between.log, frames(1, 2))
    tail = between.log.follow(RUN)

    async with between.restarted() as elsewhere:
        later = await begin(elsewhere, [frame(3)], attempt=2)
        zombie.append(frame(3, "stale"))
        with pytest.raises(LogFenced):
            await keep(zombie, [])
        with pytest.raises(LogFenced):
            zombie.append(frame(4, "stale"))
        await later.finish(frame(4))

        assert await read_all(tail) == b"".join(frames(1, 4))


async def test_a_zombie_cannot_end_the_run(between: StoredStand) -> None:
    zombie = await begin(between.log, frames(1, 2))

    async with between.restarted() as elsewhere, between.restarted() as third:
        later = await begin(elsewhere, attempt=2)
        tail = third.follow(RUN)
        await zombie.finish(frame(3, "stale"))
        await later.finish(frame(3))

        assert await read_all(tail) == b"".join(frames(1, 3))


@pytest.mark.parametrize("attempt", [1, 2])
async def test_an_attempt_that_comes_too_late_elsewhere_does_not_get_the_log(
    between: StoredStand, attempt: int
) -> None:
    current = await begin(between.log, attempt=2)

    async with between.restarted() as elsewhere:
        with pytest.raises(LogFenced):
            await elsewhere.open(RUN, attempt=attempt)
        await keep(current, [frame(1)])

        assert await read_to(elsewhere.follow(RUN), 1) == frame(1)


async def test_a_writer_that_left_is_followed_wherever_the_run_goes_on(
    between: StoredStand,
) -> None:
    writer = await begin(between.log, frames(1, 2))
    tail = between.log.follow(RUN)
    writer.leave()

    async with between.restarted() as elsewhere:
        later = await begin(elsewhere, [frame(3)], attempt=2)
        assert await read_to(tail, 3) == b"".join(frames(1, 3))
        later.leave()
        again = await begin(between.log, [frame(4)], attempt=3)
        await again.finish(frame(5))

        assert await read_all(tail) == b"".join(frames(4, 5))
        assert await read_all(elsewhere.follow(RUN)) == b"".join(frames(1, 5))


async def test_an_ended_log_is_nobodys_any_more(between: StoredStand) -> None:
    writer = await begin(between.log, [frame(1)])
    await writer.finish(frame(2))

    async with between.restarted() as elsewhere:
        with pytest.raises(LogFenced):
            await elsewhere.open(RUN, attempt=2)


async def test_a_hundred_viewers_elsewhere_all_see_the_same(between: StoredStand) -> None:
    writer = await begin(between.log)
    seen: list[bytes] = []

    async with between.restarted() as elsewhere, anyio.create_task_group() as tasks:

        async def watch(after: int) -> None:
            seen.append(await read_all(elsewhere.follow(RUN, after=after)))

        for number in range(100):
            tasks.start_soon(watch, number % 7)
        for number in range(1, 30):
            await keep(writer, [frame(number)])
        await writer.finish(frame(30))

    wanted = [b"".join(frames(after + 1, 30)) for after in range(7)]
    assert len(seen) == 100
    assert set(seen) == set(wanted)


async def test_a_log_of_one_run_says_nothing_of_another(between: StoredStand) -> None:
    await begin(between.log, [frame(1)])

    async with between.restarted() as elsewhere:
        assert await elsewhere.last("run-2") == 0
