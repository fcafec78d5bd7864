"""What every backend of throttles promises; a new one is one more entry."""

import anyio

from storage.throttles.memory import TIDY_EVERY, MemoryThrottles
from tests.storage.passing_backends import ThrottleStand as Stand
from tests.support.clock import StillClock

ANN, BEN = "code:ann@example.com", "code:ben@example.com"
# A store's own clock goes on while a test runs.
A_MOMENT = 2.0


async def take(stand: Stand, key: str = ANN, *, limit: int = 2, seconds: float = 60) -> float:
    return await stand.here.take(key, limit=limit, seconds=seconds)


async def test_uses_within_the_limit_may_be_at_once(throttled: Stand) -> None:
    assert [await take(throttled, limit=3) for _ in range(3)] == [0.0, 0.0, 0.0]


async def test_the_use_after_the_last_has_to_wait_until_the_first_is_old_enough(
    throttled: Stand,
) -> None:
    await take(throttled)
    await throttled.pass_time(20)
    await take(throttled)

    wait = await take(throttled)

    assert 40 - A_MOMENT < wait <= 40


async def test_who_waited_as_long_as_told_may_go_on_once(throttled: Stand) -> None:
    await take(throttled)
    await throttled.pass_time(20)
    await take(throttled)

    await throttled.pass_time(await take(throttled))

    assert await take(throttled) == 0.0
    assert 20 - A_MOMENT < await take(throttled) <= 20 + A_MOMENT


async def test_the_time_slides(throttled: Stand) -> None:
    """No border of a minute lets twice as many through."""
    granted = []
    for _ in range(30):
        granted.append(await take(throttled) == 0.0)
        await throttled.pass_time(10)

    for first in range(len(granted) - 5):
        assert sum(granted[first : first + 6]) <= 2
    assert sum(granted) == 10


async def test_what_is_refused_is_not_counted(throttled: Stand) -> None:
    """Who asks too often is served as soon as who does not."""
    await take(throttled, limit=1)
    for _ in range(5):
        await throttled.pass_time(10)
        assert await take(throttled, limit=1) > 0
    await throttled.pass_time(10)

    assert await take(throttled, limit=1) == 0.0


async def test_however_many_ask_together_the_limit_holds(throttled: Stand) -> None:
    waits: list[float] = []

    async def ask(number: int) -> None:
        throttles = (throttled.here, throttled.elsewhere)[number % 2]
        waits.append(await throttles.take(ANN, limit=5, seconds=60))

    async with anyio.create_task_group() as tasks:
        for number in range(50):
            tasks.start_soon(ask, number)

    assert waits.count(0.0) == 5


async def test_servers_share_the_count(throttled: Stand) -> None:
    assert await take(throttled, limit=1) == 0.0

    assert await throttled.elsewhere.take(ANN, limit=1, seconds=60) > 0


async def test_keys_do_not_slow_each_other_down(throttled: Stand) -> None:
    await take(throttled, limit=1)

    assert await take(throttled, BEN, limit=1) == 0.0


async def test_a_limit_that_shrank_counts_what_was_used_before(throttled: Stand) -> None:
    """The limit of all may be lower while someone tries every lock."""
    for _ in range(3):
        await take(throttled, limit=3)
        await throttled.pass_time(10)

    assert 50 - A_MOMENT < await take(throttled, limit=1) <= 50
    assert await take(throttled, limit=4) == 0.0


async def test_a_limit_of_none_lets_nobody_through(throttled: Stand) -> None:
    assert await take(throttled, limit=0) == 60


async def test_several_uses_are_counted_together_or_not_at_all(throttled: Stand) -> None:
    """Whoever waits for room for all of them does not fill it with the first few."""
    throttles = throttled.here
    await take(throttled, limit=3)
    await throttled.pass_time(20)
    await take(throttled, limit=3)

    wait = await throttles.take(ANN, limit=3, seconds=60, uses=3)
    first = await throttles.take(ANN, limit=3, seconds=60, uses=2)
    await throttled.pass_time(first)

    assert 60 - A_MOMENT < wait <= 60
    assert 40 - A_MOMENT < first <= 40
    assert await throttles.take(ANN, limit=3, seconds=60, uses=2) == 0.0
    assert await take(throttled, limit=3) > 0


async def test_more_uses_than_the_limit_are_never_let_through(throttled: Stand) -> None:
    assert await throttled.here.take(ANN, limit=2, seconds=60, uses=3) == 60


async def test_short_times_are_kept_to_the_fraction_of_a_second(throttled: Stand) -> None:
    await take(throttled, limit=1, seconds=0.5)

    assert 0 < await take(throttled, limit=1, seconds=0.5) <= 0.5
    await throttled.pass_time(0.5)
    assert await take(throttled, limit=1, seconds=0.5) == 0.0


async def test_keys_that_nobody_uses_any_more_take_no_memory() -> None:
    clock = StillClock()
    throttles = MemoryThrottles(time=clock.monotonic)
    for number in range(TIDY_EVERY):
        await throttles.take(f"address-{number}", limit=1, seconds=60)
    clock.move(61)

    for _ in range(TIDY_EVERY):
        await throttles.take(ANN, limit=1, seconds=60)

    assert len(throttles) == 1
