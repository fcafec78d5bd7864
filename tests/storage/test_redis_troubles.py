"""What befalls a Redis, and what the stores on it then say; on real servers."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import anyio
import pytest

from storage.errors import LogLost, StorageUnavailable
from storage.events.redis import RedisEventLog
from storage.leases.redis import RedisLeases
from storage.redis.client import Redis
from storage.throttles.redis import RedisThrottles
from storage.wake.redis import RedisWake
from tests.storage.event_log_backends import carried
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
from tests.support.redis import RedisServer, binaries

WINDOW = 0.001


@pytest.fixture(params=binaries())
def server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """A server of a test's own, which keeps what it is told."""
    # Not every second: while the disk is slow, what was answered then is not in the file yet.
    options = ("--appendonly", "yes", "--appendfsync", "always")
    own = RedisServer(binaries()[request.param], *options).start()
    try:
        yield own
    finally:
        own.stop()


@asynccontextmanager
async def opened(server: RedisServer, *, patience: float = 10.0) -> AsyncIterator[RedisEventLog]:
    redis = Redis(server.url)
    log = RedisEventLog(redis, window=WINDOW, patience=patience)
    try:
        async with carried(log):
            yield log
    finally:
        await redis.close()


async def test_a_restart_is_a_pause_without_gap_or_repeat(server: RedisServer) -> None:
    async with opened(server) as log, opened(server) as elsewhere:
        writer = await begin(log)
        tails = [log.follow(RUN), elsewhere.follow(RUN)]
        seen: list[bytes] = []

        async with anyio.create_task_group() as tasks:

            async def watch(number: int) -> None:
                seen.append(await read_all(tails[number]))

            tasks.start_soon(watch, 0)
            tasks.start_soon(watch, 1)
            for number in range(1, 31):
                writer.append(frame(number))
                if number % 10 == 0:
                    server.kill()
                    writer.append(frame(number, "while it was away"))
                    server.start()
                await writer.durable()
            await writer.finish(b"data: end\n\n")

    assert seen == [writer.whole()] * 2


async def test_a_log_that_was_flushed_away_is_no_log_to_its_writer(server: RedisServer) -> None:
    async with opened(server) as log:
        writer = await begin(log, frames(1, 3))

        server.flush()
        writer.append(frame(4))
        with anyio.fail_after(PATIENCE_SECONDS), pytest.raises(LogLost):
            await writer.durable()

        assert writer.whole() == b"".join(frames(1, 4))


async def test_a_log_flushed_before_its_first_frame_is_missed_too(server: RedisServer) -> None:
    async with opened(server) as log:
        writer = await begin(log)

        server.flush()
        writer.append(frame(1))
        with anyio.fail_after(PATIENCE_SECONDS), pytest.raises(LogLost):
            await writer.durable()


async def test_who_saw_more_than_there_is_left_is_not_led_on(server: RedisServer) -> None:
    """The log begins anew with another attempt; what it says at a number is not what it said."""
    async with opened(server) as log, opened(server) as elsewhere, opened(server) as third:
        await begin(log, frames(1, 3))
        tails = [tail.follow(RUN) for tail in (log, elsewhere, third)]
        for tail in tails[1:]:
            await read_to(tail, 3)

        server.flush()
        later = await begin(third, [frame(1, "anew")], attempt=2)
        fresh = third.follow(RUN)
        for tail in tails[1:]:
            assert await read_all(tail) == b""
        await keep(later, frames(2, 8, "anew"))

        assert await read_to(fresh, 8) == later.whole()


async def test_who_only_waited_reads_the_log_that_begins_anew(server: RedisServer) -> None:
    async with opened(server) as log, opened(server) as elsewhere:
        tail = elsewhere.follow(RUN)
        await log.open(RUN, attempt=1)

        server.flush()
        later = await begin(log, frames(1, 3), attempt=2)

        assert await read_to(tail, 3) == later.whole()


async def test_a_redis_that_stays_away_is_said_to_the_writer(server: RedisServer) -> None:
    async with opened(server, patience=0.3) as log:
        writer = await begin(log, [frame(1)])

        server.kill()
        writer.append(frame(2))
        with anyio.fail_after(PATIENCE_SECONDS), pytest.raises(StorageUnavailable):
            await writer.durable()


async def test_a_run_may_end_while_redis_is_away(server: RedisServer) -> None:
    """Its archive has it all; who reads here sees the end, who reads elsewhere looks there."""
    async with opened(server) as log:
        writer = await begin(log, [frame(1)])
        tail = log.follow(RUN)

        server.kill()
        with anyio.fail_after(PATIENCE_SECONDS):
            await writer.finish(frame(2))

        assert await read_all(tail) == b"".join(frames(1, 2))


async def test_questions_are_answered_no_within_seconds_when_redis_is_away(
    server: RedisServer,
) -> None:
    redis = Redis(server.url)
    server.kill()
    asks = (
        RedisThrottles(redis).take("code", limit=1, seconds=60),
        RedisEventLog(redis, window=WINDOW).open(RUN, attempt=1),
        RedisEventLog(redis, window=WINDOW).last(RUN),
    )
    with anyio.fail_after(PATIENCE_SECONDS):
        for ask in asks:
            with pytest.raises(StorageUnavailable):
                await ask
        await RedisWake(redis).ring("work")
        assert not await RedisWake(redis).wait("work", seconds=0.01)
    await redis.close()


async def test_without_redis_each_process_counts_its_own_places(server: RedisServer) -> None:
    """Nobody is shut out because a server is away; what was open before counts as well."""
    redis = Redis(server.url)
    leases = RedisLeases(redis)
    assert await leases.take("ann", "one", limit=2, seconds=60)

    server.kill()
    given = [await leases.take("ann", f"lease-{n}", limit=2, seconds=60) for n in range(3)]

    assert given == [True, False, False]
    await leases.renew([("ann", "one")], seconds=60)
    await leases.release("ann", "one")
    assert await leases.take("ann", "another", limit=2, seconds=60)
    await redis.close()


async def test_places_that_redis_forgot_are_counted_again(server: RedisServer) -> None:
    here, there = Redis(server.url), Redis(server.url)
    leases, elsewhere = RedisLeases(here), RedisLeases(there)
    for lease in ("one", "two"):
        assert await leases.take("ann", lease, limit=2, seconds=60)

    server.flush()
    await leases.renew([("ann", "one"), ("ann", "two")], seconds=60)

    assert not await elsewhere.take("ann", "three", limit=2, seconds=60)
    await here.close()
    await there.close()


async def test_a_redis_that_hangs_is_away_within_seconds(server: RedisServer) -> None:
    redis = Redis(server.url)
    throttles = RedisThrottles(redis)
    await throttles.take("code", limit=5, seconds=60)

    server.hang()
    with anyio.fail_after(PATIENCE_SECONDS), pytest.raises(StorageUnavailable):
        await throttles.take("code", limit=5, seconds=60)
    server.go_on()

    assert await throttles.take("code", limit=5, seconds=60) == 0.0
    await redis.close()


async def test_a_full_redis_takes_no_frames_and_says_so(server: RedisServer) -> None:
    async with opened(server, patience=0.3) as log:
        writer = await begin(log, [frame(1)])

        with server.client() as client:
            client.config_set("maxmemory", "1")
        writer.append(frame(2))
        with anyio.fail_after(PATIENCE_SECONDS), pytest.raises(StorageUnavailable):
            await writer.durable()


async def test_a_restarted_redis_knows_no_script_and_is_told_again(server: RedisServer) -> None:
    redis = Redis(server.url)
    throttles = RedisThrottles(redis)
    await throttles.take("code", limit=2, seconds=60)

    with server.client() as client:
        client.script_flush()

    assert await throttles.take("code", limit=2, seconds=60) == 0.0
    assert await throttles.take("code", limit=2, seconds=60) > 0
    await redis.close()


async def test_an_outage_is_waited_out_once_and_not_once_for_each_log(server: RedisServer) -> None:
    many, patience = 40, 0.3
    async with opened(server, patience=patience) as log:
        writers = [await log.open(f"run-{number}", attempt=1) for number in range(many)]
        server.kill()
        for writer in writers:
            writer.append(frame(1))

        with anyio.fail_after(many * patience / 2):
            for writer in writers:
                with pytest.raises(StorageUnavailable):
                    await writer.durable()
