"""What every backend of leases promises; a new one is one more entry."""

import anyio

from tests.storage.passing_backends import LeaseStand as Stand

ANN, BEN = "user:ann", "user:ben"


async def take(stand: Stand, lease: str, *, key: str = ANN, limit: int = 2) -> bool:
    return await stand.here.take(key, lease, limit=limit, seconds=10)


async def test_no_more_leases_are_given_than_there_are_places(leased: Stand) -> None:
    given = [await take(leased, f"lease-{number}") for number in range(4)]

    assert given == [True, True, False, False]


async def test_however_many_ask_together_the_limit_holds(leased: Stand) -> None:
    given: list[bool] = []

    async def ask(number: int) -> None:
        leases = (leased.here, leased.elsewhere)[number % 2]
        given.append(await leases.take(ANN, f"lease-{number}", limit=3, seconds=10))

    async with anyio.create_task_group() as tasks:
        for number in range(50):
            tasks.start_soon(ask, number)

    assert sum(given) == 3


async def test_servers_share_the_places(leased: Stand) -> None:
    assert await take(leased, "one", limit=1)

    assert not await leased.elsewhere.take(ANN, "two", limit=1, seconds=10)
    await leased.elsewhere.release(ANN, "one")

    assert await take(leased, "three", limit=1)


async def test_one_users_leases_are_nothing_to_another(leased: Stand) -> None:
    assert await take(leased, "one", limit=1)

    assert await take(leased, "one", key=BEN, limit=1)
    await leased.here.release(BEN, "one")

    assert not await take(leased, "two", limit=1)


async def test_a_lease_that_is_let_go_is_a_free_place(leased: Stand) -> None:
    await take(leased, "one", limit=1)

    await leased.here.release(ANN, "one")

    assert await take(leased, "two", limit=1)


async def test_a_lease_that_is_not_renewed_is_free_again(leased: Stand) -> None:
    """A server that died gives nothing back."""
    await take(leased, "one", limit=1)

    await leased.pass_time(9)
    assert not await take(leased, "two", limit=1)
    await leased.pass_time(2)

    assert await take(leased, "two", limit=1)


async def test_a_renewed_lease_lives_as_long_again(leased: Stand) -> None:
    await take(leased, "one", limit=1)
    await take(leased, "one", key=BEN, limit=1)
    await leased.pass_time(9)

    await leased.here.renew([(ANN, "one"), (BEN, "one")], seconds=10)
    await leased.pass_time(9)

    assert not await take(leased, "two", limit=1)
    assert not await take(leased, "two", key=BEN, limit=1)
    await leased.pass_time(2)
    assert await take(leased, "two", limit=1)


async def test_to_renew_one_lease_does_not_keep_another_alive(leased: Stand) -> None:
    await take(leased, "one")
    await take(leased, "two")
    await leased.pass_time(9)

    await leased.here.renew([(ANN, "one")], seconds=10)
    await leased.pass_time(2)

    assert await take(leased, "three")
    assert not await take(leased, "four")


async def test_a_lease_taken_again_by_its_holder_takes_no_second_place(
    leased: Stand,
) -> None:
    assert await take(leased, "one")
    assert await take(leased, "one")

    assert await take(leased, "two")
    assert await take(leased, "one")
    assert not await take(leased, "three")


async def test_letting_go_twice_harms_nobody(leased: Stand) -> None:
    await take(leased, "one", limit=1)
    await leased.here.release(ANN, "one")
    await take(leased, "two", limit=1)

    await leased.here.release(ANN, "one")

    assert not await take(leased, "three", limit=1)


async def test_letting_go_of_what_ran_out_does_not_free_its_successor(
    leased: Stand,
) -> None:
    await take(leased, "one", limit=1)
    await leased.pass_time(11)
    await take(leased, "two", limit=1)

    await leased.here.release(ANN, "one")

    assert not await take(leased, "three", limit=1)


async def test_letting_go_of_what_was_never_held_harms_nobody(leased: Stand) -> None:
    await leased.here.release(ANN, "one")
    await leased.here.renew([(ANN, "one")], seconds=10)

    assert await take(leased, "two", limit=1)


async def test_a_lease_that_ran_out_and_whose_place_is_taken_is_not_renewed(
    leased: Stand,
) -> None:
    """Its server comes back from a long pause: the limit is worth more than its wish."""
    await take(leased, "one", limit=1)
    await leased.pass_time(11)
    await take(leased, "two", limit=1)

    await leased.here.renew([(ANN, "one")], seconds=100)
    await leased.here.release(ANN, "two")

    assert await take(leased, "three", limit=1)


async def test_a_lease_that_ran_out_is_not_renewed_back_over_the_limit(
    leased: Stand,
) -> None:
    await take(leased, "one", limit=1)
    await leased.pass_time(11)

    await leased.here.renew([(ANN, "one")], seconds=100)
    given = [await take(leased, name, limit=1) for name in ("two", "three")]

    assert given in ([True, False], [False, False])


async def test_a_user_with_no_places_gets_none(leased: Stand) -> None:
    assert not await take(leased, "one", limit=0)
