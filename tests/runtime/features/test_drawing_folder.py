"""Places in a user's folder: whoever cannot fill one gives it back, however it came to that."""

from collections.abc import Callable
from typing import Any

import anyio
import pytest

from runtime.clock import micros
from runtime.features.drawings.folder import DrawingFolder
from runtime.parts import Eryao
from storage.blobs.base import SignedUrl
from storage.errors import BlobsUnavailable
from storage.sql.drawings import DrawingRow
from tests.support.blobs import UnsignedBlobs
from tests.support.clock import StillClock
from tools.base import ToolFailed


class FakeBlobs(UnsignedBlobs):
    """Files in memory; puts that fail, or that never come to an end."""

    bucket = root = "fake"

    def __init__(self, *, fails: bool = False, stalls: bool = False) -> None:
        self.files: dict[str, bytes] = {}
        self.fails = fails
        self.stalls = stalls

    async def put(self, key: str, content: bytes) -> None:
        if self.fails:
            raise BlobsUnavailable("no")
        self.files[key] = content
        if self.stalls:
            await anyio.sleep_forever()

    async def get(self, key: str) -> bytes | None:
        return self.files.get(key)

    async def size(self, key: str) -> int | None:
        return len(self.files[key]) if key in self.files else None

    async def remove(self, key: str) -> None:
        self.files.pop(key, None)

    async def keys(self, prefix: str) -> list[str]:
        return [key for key in self.files if key.startswith(prefix)]

    def sign_upload(self, key: str, *, media_type: str, size: int, seconds: int) -> SignedUrl:
        raise BlobsUnavailable("no")

    def sign_read(self, key: str, *, media_type: str, disposition: str, seconds: int) -> SignedUrl:
        raise BlobsUnavailable("no")


Folder = Callable[[FakeBlobs], DrawingFolder]


@pytest.fixture
def folder(eryao: Eryao, clock: StillClock) -> Folder:
    """A folder with a single place."""

    def make(blobs: FakeBlobs) -> DrawingFolder:
        return DrawingFolder(database=eryao.database, blobs=blobs, clock=clock, most=1)

    return make


@pytest.fixture
async def owner(eryao: Eryao) -> dict[str, Any]:
    user = await eryao.database.run(lambda tx: eryao.sign_in.accounts.enter(tx, "ann@example.org"))
    return {"user_id": user.id, "session_id": "s1", "svg": "<svg/>"}


async def rows_of(eryao: Eryao) -> list[str]:
    """What waits for the sweep."""
    return [row.id for row in await eryao.database.read(lambda tx: tx.drawings.dropped(9))]


async def test_a_store_that_fails_costs_no_place(
    eryao: Eryao, folder: Folder, owner: dict[str, Any]
) -> None:
    with pytest.raises(ToolFailed, match="could not be stored"):
        await folder(FakeBlobs(fails=True)).keep("c1", **owner)

    assert await rows_of(eryao) == ["c1"]
    assert await folder(FakeBlobs()).keep("c2", **owner)


async def test_a_store_that_takes_too_long_costs_no_place(
    eryao: Eryao, folder: Folder, owner: dict[str, Any]
) -> None:
    """The worker cuts the call; what has arrived by then goes with the next sweep."""
    blobs = FakeBlobs(stalls=True)
    with anyio.move_on_after(0.05) as cut:
        await folder(blobs).keep("c1", **owner)

    assert cut.cancelled_caught
    assert await rows_of(eryao) == ["c1"]
    assert list(blobs.files)
    await folder(blobs).sweep()
    assert blobs.files == {}
    assert await rows_of(eryao) == []
    assert await folder(FakeBlobs()).keep("c2", **owner)


async def test_a_place_whose_worker_died_is_free_again_in_time(
    eryao: Eryao, folder: Folder, owner: dict[str, Any], clock: StillClock
) -> None:
    blobs = FakeBlobs()
    dead = DrawingRow(
        id="c1",
        user_id=owner["user_id"],
        session_id="s1",
        path="u/x/charts/c1.svg",
        created_at=micros(clock.now()),
    )
    await eryao.database.run(lambda tx: tx.drawings.add(dead, most=1))
    clock.move(3600)
    await folder(blobs).sweep()
    with pytest.raises(ToolFailed, match="as many drawings"):
        await folder(blobs).keep("c2", **owner)

    clock.move(1)
    await folder(blobs).sweep()

    assert await folder(blobs).keep("c2", **owner)
    clock.move(7200)
    await folder(blobs).sweep()
    assert len(blobs.files) == 1, "what was stored stays"
