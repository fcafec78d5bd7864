"""What every event log promises when writers follow one another; see test_event_logs.py."""

import anyio
import pytest

from storage.errors import LogFenced
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
)


async def test_a_later_writer_goes_on_after_what_the_earlier_made_durable(stand: Stand) -> None:
    await begin(stand.log, frames(1, 3))
    tail = stand.log.follow(RUN)

    later = await stand.log.open(RUN, attempt=2)
    assert (later.last, later.whole()) == (3, b"".join(frames(1, 3)))
    await keep(later, frames(4, 5))

    assert await read_to(tail, 5) == b"".join(frames(1, 5))


async def test_a_later_writer_fences_the_earlier(stand: Stand) -> None:
    earlier = await begin(stand.log, [frame(1)])
    later = await begin(stand.log, attempt=2)
    tail = stand.log.follow(RUN)

    with pytest.raises(LogFenced):
        earlier.append(frame(2, "stale"))
    with pytest.raises(LogFenced):
        await earlier.finish(frame(2, "stale"))
    await later.finish(frame(2))

    assert await read_all(tail) == b"".join(frames(1, 2))


async def test_of_three_writers_only_the_last_may_write(stand: Stand) -> None:
    writers = [await begin(stand.log, attempt=attempt) for attempt in (1, 2, 3)]

    for fenced in writers[:2]:
        with pytest.raises(LogFenced):
            fenced.append(frame(1, "stale"))
    await keep(writers[2], [frame(1)])

    assert await stand.log.last(RUN) == 1


@pytest.mark.parametrize("attempt", [1, 2])
async def test_an_attempt_that_comes_too_late_does_not_get_the_log(
    stand: Stand, attempt: int
) -> None:
    """A worker may be frozen between its claim and its first word."""
    current = await begin(stand.log, attempt=2)

    with pytest.raises(LogFenced):
        await stand.log.open(RUN, attempt=attempt)

    await keep(current, [frame(1)])


async def test_a_writer_that_was_fenced_may_leave_without_harm(stand: Stand) -> None:
    earlier = await begin(stand.log, [frame(1)])
    later = await begin(stand.log, attempt=2)

    earlier.leave()
    await keep(later, [frame(2)])

    assert await read_to(stand.log.follow(RUN), 2) == b"".join(frames(1, 2))


async def test_who_follows_a_fenced_writer_agrees_with_its_viewers(stand: Stand) -> None:
    """Its last words may have become durable or not, but for everybody alike."""
    earlier = await begin(stand.log, [frame(1)])
    tail = stand.log.follow(RUN)
    earlier.append(frame(2))

    later = await stand.log.open(RUN, attempt=2)
    assert later.whole() in {frame(1), b"".join(frames(1, 2))}
    await keep(later, [frame(3)])

    assert await read_to(tail, later.last) == later.whole()


async def test_a_writer_that_leaves_leaves_its_viewers_waiting(stand: Stand) -> None:
    tail = stand.log.follow(RUN)
    earlier = await begin(stand.log, frames(1, 2))

    earlier.leave()
    later = await begin(stand.log, [frame(3)], attempt=2)

    assert await read_to(tail, 3) == later.whole() == b"".join(frames(1, 3))


async def test_a_writer_that_left_has_no_word_any_more(stand: Stand) -> None:
    writer = await begin(stand.log, [frame(1)])

    writer.leave()

    with pytest.raises(LogFenced):
        writer.append(frame(2))


async def test_who_comes_after_a_writer_that_left_goes_on_from_there(stand: Stand) -> None:
    """Whether or not anyone is reading just then."""
    earlier = await begin(stand.log, frames(1, 2))

    earlier.leave()
    later = await stand.log.open(RUN, attempt=2)

    assert (later.last, later.whole()) == (2, b"".join(frames(1, 2)))


async def test_the_last_words_of_a_writer_that_left_are_in_nobodys_way(stand: Stand) -> None:
    """The next writer has them or has them not; its own come after."""
    earlier = await begin(stand.log, [frame(1)])
    earlier.append(frame(2))

    earlier.leave()
    later = await stand.log.open(RUN, attempt=2)
    assert later.last in {1, 2}
    await keep(later, [frame(3)])

    assert await read_to(stand.log.follow(RUN), later.last) == later.whole()


async def test_a_log_carries_what_waits_when_it_is_stopped(stand: Stand) -> None:
    writer = await begin(stand.log, [frame(1)])
    for written in frames(2, 4):
        writer.append(written)

    with anyio.fail_after(PATIENCE_SECONDS):
        await stand.stop()

    assert await stand.log.last(RUN) == 4
