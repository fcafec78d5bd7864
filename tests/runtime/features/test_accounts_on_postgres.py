"""Invites and deletions where many write at once: Postgres decides, not a single writer."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from runtime.features.invites.invites import MOST_GUESSES, Outcome
from runtime.parts import Eryao, build
from runtime.settings import Settings
from runtime.web.identity import User
from storage.sql.transaction import Transaction
from tests.support.everything import contents, fill

ANN, BOB = "019cec6e-0000-7000-8000-00000000a111", "019cec6e-0000-7000-8000-00000000b0b0"
LATE = 10


@pytest.fixture
async def shop(postgres_url: str, tmp_path: Path) -> AsyncIterator[Eryao]:
    """All parts on an empty Postgres."""
    settings = Settings(data_dir=tmp_path, model_url="scripted:", database_url=postgres_url)
    parts = build(settings)
    yield parts
    parts.database.close()


async def enter(shop: Eryao, name: str) -> User:
    return await shop.database.run(shop.sign_in.accounts.enter, f"{name}@example.org")


async def outcomes(shop: Eryao, uses: list[tuple[User, str]]) -> Counter[Outcome]:
    """What becomes of these codes, all given at once."""
    came: Counter[Outcome] = Counter()

    async def use(user: User, code: str) -> None:
        came[(await shop.invites.use(user.id, code)).outcome] += 1

    async with anyio.create_task_group() as tasks:
        for user, code in uses:
            tasks.start_soon(use, user, code)
    return came


async def test_a_code_used_by_many_at_once_pays_each_side_what_it_may(shop: Eryao) -> None:
    inviter = await enter(shop, "ann")
    code = (await shop.invites.make(inviter.id))[0].code
    late = [await enter(shop, f"late{number}") for number in range(LATE)]

    came = await outcomes(shop, [(user, code) for user in late for _ in range(3)])

    assert came == {Outcome.DONE: 3 * LATE}
    balances = [await shop.database.read(shop.wallet.balance, user.id) for user in late]
    assert balances == [120] * LATE
    paid = shop.settings.invites_per_day * shop.settings.invite_points
    assert await shop.database.read(shop.wallet.balance, inviter.id) == 100 + paid


async def test_guesses_at_once_are_counted_one_by_one(shop: Eryao) -> None:
    user = await enter(shop, "ann")

    came = await outcomes(shop, [(user, "0" * 8)] * 40)

    assert came == {Outcome.UNKNOWN: MOST_GUESSES, Outcome.GUESSING: 40 - MOST_GUESSES}


async def test_nothing_of_the_one_is_left_and_all_of_the_other(shop: Eryao) -> None:
    def fill_all(tx: Transaction) -> None:
        for number, user_id in enumerate((ANN, BOB), 1):
            fill(tx.connection, user_id, number=number)

    async def rows_of(user_id: str) -> dict[str, list[str]]:
        found = await shop.database.read(lambda tx: contents(tx.connection))
        named = {name: [row for row in rows if user_id in row] for name, rows in found.items()}
        return {name: rows for name, rows in named.items() if rows}

    await shop.database.run(fill_all)
    before = await rows_of(BOB)

    receipt = await shop.profile.erasure.erase(ANN)

    assert receipt.completed_at is not None
    assert (await rows_of(ANN)).keys() == {"erasures"}
    assert await rows_of(BOB) == before
