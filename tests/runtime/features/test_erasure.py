"""The deletion of an account: whole, whatever it holds, and whichever store fails it."""

from collections.abc import Sequence

import pytest
from sqlalchemy import Connection

from runtime.errors import Code, Problem
from runtime.features.profile.erasure import Erasure
from runtime.parts import Eryao
from storage.blobs.base import Blobs
from storage.errors import BlobsUnavailable
from storage.sql.transaction import Transaction
from tests.support.blobs import UnsignedBlobs
from tests.support.clock import StillClock
from tests.support.everything import LEFT_EMPTY, contents, fill

ANN, BOB = "019cec6e-0000-7000-8000-00000000a111", "019cec6e-0000-7000-8000-00000000b0b0"
FILES = ("charts/a.svg", "avatars/b.webp", "deep/er/c")
HOUR = 3_600


class FailingBlobs(UnsignedBlobs):
    """See storage.blobs.base.Blobs: some of its calls fail, as long as the test says so."""

    def __init__(self, behind: Blobs) -> None:
        self._behind = behind
        self.failing: set[str] = set()

    async def put(self, key: str, content: bytes) -> None:
        await self._behind.put(key, content)

    async def get(self, key: str) -> bytes | None:
        return await self._behind.get(key)

    async def remove(self, key: str) -> None:
        self._check("remove")
        await self._behind.remove(key)

    async def keys(self, prefix: str) -> list[str]:
        self._check("keys")
        return await self._behind.keys(prefix)

    def _check(self, call: str) -> None:
        if call in self.failing:
            raise BlobsUnavailable(f"{call} failed")


@pytest.fixture
def blobs(eryao: Eryao) -> FailingBlobs:
    return FailingBlobs(eryao.media.blobs)


@pytest.fixture
async def erasure(eryao: Eryao, blobs: FailingBlobs) -> Erasure:
    """Ann and Bob have something in every table, and files."""

    def fill_all(tx: Transaction) -> None:
        for number, user_id in enumerate((ANN, BOB), 1):
            fill(tx.connection, user_id, number=number)

    await eryao.database.run(fill_all)
    for user_id in (ANN, BOB):
        for name in FILES:
            await blobs.put(f"u/{user_id}/{name}", user_id.encode())
    return Erasure(
        drop_logs=eryao.events.forget,
        database=eryao.database,
        blobs=blobs,
        wake=eryao.wake,
        clock=eryao.clock,
        ids=eryao.ids,
        identities=lambda email: [f"hash of {len(email)}".encode()],
        shut=eryao.sign_in.living.shut,
    )


async def everything(eryao: Eryao) -> dict[str, list[str]]:
    return await eryao.database.read(lambda tx: contents(tx.connection))


async def rows_of(eryao: Eryao, user_id: str) -> dict[str, list[str]]:
    """Every row in which the user's id stands, in whatever column."""
    found = {
        name: [row for row in rows if user_id in row]
        for name, rows in (await everything(eryao)).items()
    }
    return {name: rows for name, rows in found.items() if rows}


async def test_nothing_of_the_one_is_left_and_all_of_the_other(
    eryao: Eryao, erasure: Erasure, blobs: FailingBlobs, clock: StillClock
) -> None:
    before = await rows_of(eryao, BOB)
    assert before.keys() | LEFT_EMPTY == (await everything(eryao)).keys() - {"alembic_version"}
    assert (await rows_of(eryao, ANN)).keys() == before.keys()

    receipt = await erasure.erase(ANN)

    assert receipt.completed_at is not None
    assert (await rows_of(eryao, ANN)).keys() == {"erasures"}
    clock.move(HOUR + 1)
    await erasure.sweep()
    assert await rows_of(eryao, ANN) == {}
    assert await rows_of(eryao, BOB) == before
    assert await blobs.keys("") == sorted(f"u/{BOB}/{name}" for name in FILES)


async def test_what_came_while_it_went_is_found_by_the_second_look(
    eryao: Eryao, erasure: Erasure, blobs: FailingBlobs, clock: StillClock
) -> None:
    """An upload whose URL was signed before the deletion."""
    await erasure.erase(ANN)
    await blobs.put(f"u/{ANN}/late", b"upload")

    await erasure.sweep()
    assert await blobs.keys(f"u/{ANN}/") == [f"u/{ANN}/late"]
    clock.move(HOUR + 1)
    await erasure.sweep()

    assert await blobs.keys(f"u/{ANN}/") == []
    assert await rows_of(eryao, ANN) == {}


async def test_a_store_of_files_that_is_down_refuses_before_anything_is_changed(
    eryao: Eryao, erasure: Erasure, blobs: FailingBlobs
) -> None:
    before = await everything(eryao)
    blobs.failing = {"keys", "remove"}

    with pytest.raises(Problem) as refused:
        await erasure.erase(ANN)

    assert refused.value.code is Code.PROFILE_DELETE_FAILED
    assert await everything(eryao) == before


async def test_a_store_of_files_that_goes_down_half_way_is_waited_for(
    eryao: Eryao, erasure: Erasure, blobs: FailingBlobs
) -> None:
    """Nobody gets in any more; the files' owner is remembered until they are gone."""
    blobs.failing = {"remove"}
    receipt = await erasure.erase(ANN)
    assert receipt.completed_at is None
    await erasure.sweep()
    assert len(await blobs.keys(f"u/{ANN}/")) == len(FILES)

    blobs.failing = set()
    await erasure.sweep()

    assert await blobs.keys(f"u/{ANN}/") == []
    assert (await rows_of(eryao, ANN)).keys() == {"erasures"}
    found = await eryao.database.read(lambda tx: tx.erasures.of_user(ANN))
    assert found is not None
    assert (found.id, found.completed_at is None) == (receipt.id, False)


async def test_one_accounts_trouble_does_not_keep_others_waiting(
    eryao: Eryao, erasure: Erasure, blobs: FailingBlobs
) -> None:
    class Choosy(FailingBlobs):
        async def remove(self, key: str) -> None:
            if ANN in key:
                raise BlobsUnavailable("not this one")
            await blobs.remove(key)

    erasure._blobs = Choosy(blobs)
    await erasure.erase(ANN)
    blobs.failing = {"remove"}
    await erasure.erase(BOB)
    blobs.failing = set()

    await erasure.sweep()

    assert await blobs.keys(f"u/{BOB}/") == []
    assert len(await blobs.keys(f"u/{ANN}/")) == len(FILES)


async def test_logs_that_another_store_keeps_are_dropped_before_their_names_are(
    eryao: Eryao, erasure: Erasure
) -> None:
    dropped: list[str] = []

    async def drop(run_ids: Sequence[str]) -> None:
        assert "runs" in await rows_of(eryao, ANN)
        dropped.extend(run_ids)

    erasure._drop_logs = drop
    await erasure.erase(ANN)

    assert dropped == [f"{ANN} runs.id"]


async def test_a_feature_whose_records_outlive_the_user_takes_its_leave(
    eryao: Eryao, erasure: Erasure
) -> None:
    """In the very transaction that removes the user, while the user is there still."""
    left: list[tuple[str, bool]] = []

    def part(tx: Transaction, user_id: str, _now: int) -> None:
        left.append((user_id, tx.users.get(user_id) is not None))

    erasure._partings = (part,)
    await erasure.erase(ANN)

    assert left == [(ANN, True)]


async def test_closing_twice_gives_one_receipt(eryao: Eryao, erasure: Erasure) -> None:
    first = await eryao.database.run(erasure._close, ANN)
    second = await eryao.database.run(erasure._close, ANN)

    assert first == second
    assert await eryao.database.read(lambda tx: _families(tx.connection)) == [BOB]


def _families(connection: Connection) -> list[str]:
    return [row[0] for row in connection.exec_driver_sql("SELECT user_id FROM refresh_families")]
