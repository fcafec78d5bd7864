"""What every backend of wake-ups promises; a new one is one more entry."""

import anyio

from tests.storage.wake_backends import Stand

# Longer than any test lasts: who waits for it has not been rung.
LONG = 10.0
SHORT = 0.01


async def test_a_ring_wakes_who_waits(bells: Stand) -> None:
    woken: list[bool] = []

    async def wait() -> None:
        woken.append(await bells.wake.wait("work", seconds=LONG))

    with anyio.fail_after(LONG / 2):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            await anyio.wait_all_tasks_blocked()
            await bells.elsewhere.ring("work")

    assert woken == [True]


async def test_a_ring_that_comes_while_nobody_waits_is_kept(bells: Stand) -> None:
    await bells.elsewhere.ring("work")

    with anyio.fail_after(LONG / 2):
        assert await bells.wake.wait("work", seconds=LONG)


async def test_many_rings_before_a_wait_are_one(bells: Stand) -> None:
    for _ in range(5):
        await bells.elsewhere.ring("work")

    assert await bells.wake.wait("work", seconds=LONG)
    assert not await bells.wake.wait("work", seconds=SHORT)


async def test_a_wait_returns_by_itself_when_its_time_is_up(bells: Stand) -> None:
    with anyio.fail_after(LONG / 2):
        assert not await bells.wake.wait("work", seconds=SHORT)


async def test_a_wait_that_was_in_vain_spoils_nothing(bells: Stand) -> None:
    await bells.wake.wait("work", seconds=SHORT)

    await bells.elsewhere.ring("work")

    assert await bells.wake.wait("work", seconds=LONG)


async def test_topics_do_not_wake_each_other(bells: Stand) -> None:
    await bells.elsewhere.ring("cancel")

    assert not await bells.wake.wait("work", seconds=SHORT)
    assert await bells.wake.wait("cancel", seconds=LONG)


async def test_a_wait_of_no_time_takes_a_kept_ring(bells: Stand) -> None:
    """So that whoever looks from time to time need not stop to look."""
    await bells.elsewhere.ring("work")

    assert await bells.wake.wait("work", seconds=0)
    assert not await bells.wake.wait("work", seconds=0)


async def test_a_cancelled_wait_leaves_the_next_ring_to_others(bells: Stand) -> None:
    with anyio.move_on_after(SHORT):
        await bells.wake.wait("work", seconds=LONG)

    await bells.elsewhere.ring("work")

    assert await bells.wake.wait("work", seconds=LONG)


async def test_rings_and_waits_may_go_on_for_ever(bells: Stand) -> None:
    for _ in range(50):
        await bells.elsewhere.ring("work")
        assert await bells.wake.wait("work", seconds=LONG)
    assert not await bells.wake.wait("work", seconds=SHORT)
