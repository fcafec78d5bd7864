"""What is sent twice is kept once, and nothing is kept after a hole."""

from collections.abc import AsyncIterator

import pytest

from storage.errors import LogFenced, LogLost
from storage.events.live_log import LiveLog
from storage.events.redis_follower import absorb
from storage.events.redis_streams import Addition, Entry, RedisStreams
from storage.redis.client import Redis
from tests.storage.reading import RUN, frames
from tests.support.redis import binaries, shared_server


@pytest.fixture(params=binaries())
async def streams(request: pytest.FixtureRequest) -> AsyncIterator[RedisStreams]:
    server = shared_server(request.param)
    server.flush()
    redis = Redis(server.url)
    yield RedisStreams(redis)
    await redis.close()


def addition(first: int, last: int, word: str = "said", *, attempt: int = 1) -> Addition:
    return Addition(RUN, attempt, 0, first, last, b"".join(frames(first, last, word)))


async def opened(streams: RedisStreams, *, attempt: int = 1, owner: str = "me") -> list[Entry]:
    _, entries = await streams.open(RUN, attempt=attempt, owner=owner, have=0)
    return entries


async def brought(streams: RedisStreams, *additions: Addition) -> list[type | None]:
    answers = await streams.append(list(additions))
    return [type(answer) if answer else None for answer in answers]


async def kept(streams: RedisStreams) -> bytes:
    return b"".join(entry.frames for entry in await opened(streams, attempt=9))


async def test_what_is_brought_twice_is_kept_once(streams: RedisStreams) -> None:
    """The reply was lost, and whoever waited for it asks again."""
    await opened(streams)

    for _ in range(3):
        assert await brought(streams, addition(1, 3)) == [None]
    assert await brought(streams, addition(4, 5), addition(4, 5)) == [None, None]

    assert await streams.last(RUN) == 5
    assert await kept(streams) == b"".join(frames(1, 5))


async def test_what_overlaps_is_kept_once(streams: RedisStreams) -> None:
    """The run has ended while some of its frames were on their way."""
    await opened(streams)
    await brought(streams, addition(1, 3))

    assert await brought(streams, addition(1, 5)) == [None]
    assert await brought(streams, addition(4, 4)) == [None]

    assert await kept(streams) == b"".join(frames(1, 5))


async def test_what_differs_from_what_is_there_is_refused(streams: RedisStreams) -> None:
    await opened(streams)
    await brought(streams, addition(1, 3))

    assert await brought(streams, addition(2, 4, "other")) == [LogLost]

    assert await kept(streams) == b"".join(frames(1, 3))


async def test_nothing_is_kept_after_a_hole(streams: RedisStreams) -> None:
    await opened(streams)
    await brought(streams, addition(1, 3))

    assert await brought(streams, addition(5, 6)) == [LogLost]

    assert await kept(streams) == b"".join(frames(1, 3))


async def test_each_run_of_a_window_has_its_own_answer(streams: RedisStreams) -> None:
    await streams.open(RUN, attempt=2, owner="other", have=0)
    await streams.open("run-2", attempt=1, owner="me", have=0)
    good = Addition("run-2", 1, 0, 1, 1, frames(1, 1)[0])
    unknown = Addition("run-3", 1, 0, 1, 1, frames(1, 1)[0])

    answers = await brought(streams, addition(1, 1), good, unknown)

    assert answers == [LogFenced, None, LogLost]
    assert await streams.last("run-2") == 1


async def test_whoever_opens_twice_for_a_lost_reply_is_the_writer_still(
    streams: RedisStreams,
) -> None:
    await opened(streams)
    await opened(streams)

    with pytest.raises(LogFenced):
        await opened(streams, owner="another")


def test_entries_that_begin_before_what_was_read_belong_to_another_log() -> None:
    """A failover forgot frames that were seen; their numbers stand for other words now."""
    log, closed = LiveLog(RUN), list[LiveLog]()
    absorb(log, [Entry(1, 0, 3, b"".join(frames(1, 3)), is_end=False)], close=closed.append)

    absorb(log, [Entry(2, 1, 4, frames(4, 4, "other")[0], is_end=False)], close=closed.append)

    assert (closed, log.visible) == ([log], 3)


def test_entries_that_leave_a_hole_are_not_shown() -> None:
    log, closed = LiveLog(RUN), list[LiveLog]()

    absorb(log, [Entry(1, 0, 3, b"".join(frames(2, 3)), is_end=False)], close=closed.append)

    assert (closed, log.visible) == ([log], 0)


async def test_of_a_log_that_is_dropped_nothing_is_left(streams: RedisStreams) -> None:
    await opened(streams)
    await brought(streams, addition(1, 3))

    await streams.drop(RUN)

    assert await streams.last(RUN) == 0
    assert await brought(streams, addition(4, 5)) == [LogLost], "nor does its writer begin it anew"
    assert await kept(streams) == b""
