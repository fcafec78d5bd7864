"""Avatars uploaded past the server: one file for each user, put on once, swept when it is not."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import anyio
import pytest

from runtime.errors import Code, Problem
from runtime.features.profile.avatars import UPLOADS_END, Avatars
from runtime.parts import Eryao
from storage.blobs.base import Blobs, SignedUrl
from storage.errors import BlobsUnavailable
from tests.support import media
from tests.support.blobs import UnsignedBlobs
from tests.support.clock import StillClock

HOUR = UPLOADS_END.total_seconds()
Hook = Callable[[], Awaitable[object]]


class Interrupted(UnsignedBlobs):
    """See storage.blobs.base.Blobs: something else happens after the next file is put or gone."""

    def __init__(self, behind: Blobs) -> None:
        self.behind = behind
        self.then: Hook | None = None

    async def put(self, key: str, content: bytes) -> None:
        await self.behind.put(key, content)
        await self._interrupt()

    async def get(self, key: str) -> bytes | None:
        return await self.behind.get(key)

    async def size(self, key: str) -> int | None:
        return await self.behind.size(key)

    async def remove(self, key: str) -> None:
        await self.behind.remove(key)
        await self._interrupt()

    async def _interrupt(self) -> None:
        then, self.then = self.then, None
        if then is not None:
            await then()

    async def keys(self, prefix: str) -> list[str]:
        return await self.behind.keys(prefix)

    def sign_upload(self, key: str, **asked: Any) -> SignedUrl:
        return self.behind.sign_upload(key, **asked)


class Wardrobe:
    """One user's avatars."""

    def __init__(self, eryao: Eryao, clock: StillClock, user_id: str) -> None:
        self.eryao, self.clock, self.user_id = eryao, clock, user_id
        self.blobs = Interrupted(eryao.media.blobs)
        self.avatars = Avatars(
            database=eryao.database,
            blobs=self.blobs,
            pictures=eryao.media.pictures,
            ration=eryao.media.ration,
            clock=clock,
            ids=eryao.ids,
        )

    async def uploaded(self, content: bytes) -> str:
        invitation = await self.avatars.invite(self.user_id, "image/png", len(content))
        key = invitation.signed.url.partition("/files/")[2].partition("?")[0]
        await self.blobs.put(key, content)
        return invitation.path

    async def change(self, path: str | None) -> None:
        await self.avatars.change(self.user_id, await self.worn(), path)

    async def replace(self) -> None:
        path = await self.avatars.keep(self.user_id, media.picture(30, 30))
        await self.avatars.wear(self.user_id, path)

    async def worn(self) -> str | None:
        row = await self.eryao.database.read(lambda tx: tx.profiles.get(self.user_id))
        assert row is not None
        return row.avatar_path

    async def files(self) -> list[str]:
        return await self.blobs.keys(f"u/{self.user_id}/")


@pytest.fixture
async def ann(eryao: Eryao, clock: StillClock) -> AsyncIterator[Wardrobe]:
    user = await eryao.database.run(lambda tx: eryao.sign_in.accounts.enter(tx, "ann@example.org"))
    await eryao.profile.service.begin(user.id, {})
    yield Wardrobe(eryao, clock, user.id)
    await eryao.media.aclose()


async def refused(step: Awaitable[None]) -> None:
    with pytest.raises(Problem) as refusal:
        await step
    assert refusal.value.code is Code.AVATAR_FILE_INVALID


async def test_however_many_urls_are_asked_for_they_fill_one_file(ann: Wardrobe) -> None:
    paths = [await ann.uploaded(media.picture(n, n)) for n in (10, 11, 12)]

    assert len(await ann.files()) == 1
    await refused(ann.change(paths[0]))
    await ann.change(paths[2])
    assert await ann.files() == [await ann.worn()]


async def test_an_upload_that_nobody_adopts_is_swept_after_its_url(ann: Wardrobe) -> None:
    path = await ann.uploaded(media.picture(10, 10))

    ann.clock.move(HOUR - 1)
    await ann.eryao.sweeper.sweep()
    assert len(await ann.files()) == 1
    ann.clock.move(2)
    await ann.eryao.sweeper.sweep()

    assert await ann.files() == []
    await refused(ann.change(path))


async def test_what_comes_to_a_url_after_its_upload_was_adopted_is_swept(ann: Wardrobe) -> None:
    path = await ann.uploaded(media.picture(10, 10))
    await ann.change(path)
    await ann.blobs.put(f"u/{ann.user_id}/uploads/avatar", b"more")

    ann.clock.move(HOUR + 1)
    await ann.eryao.sweeper.sweep()

    assert await ann.files() == [await ann.worn()]


async def test_an_upload_signed_since_is_left_by_the_sweep_of_the_one_before(ann: Wardrobe) -> None:
    await ann.uploaded(media.picture(10, 10))
    ann.clock.move(HOUR + 1)
    path = await ann.uploaded(media.picture(11, 11))

    await ann.eryao.sweeper.sweep()
    await ann.change(path)

    assert await ann.files() == [await ann.worn()]


async def test_what_a_store_in_trouble_did_not_remove_is_swept_later(ann: Wardrobe) -> None:
    path = await ann.uploaded(media.picture(10, 10))
    ann.clock.move(HOUR + 1)

    async def trouble() -> None:
        raise BlobsUnavailable("it may be gone, and may not")

    ann.blobs.then = trouble
    await ann.avatars.sweep()
    await ann.blobs.put(f"u/{ann.user_id}/uploads/avatar", b"not gone")
    await ann.avatars.sweep()

    assert await ann.files() == []
    await refused(ann.change(path))


async def test_a_url_that_is_asked_for_while_the_sweep_is_at_work_is_good(ann: Wardrobe) -> None:
    await ann.uploaded(media.picture(10, 10))
    ann.clock.move(HOUR + 1)
    paths: list[str] = []

    async def meanwhile() -> None:
        paths.append(await ann.uploaded(media.picture(11, 11)))

    ann.blobs.then = meanwhile
    await ann.avatars.sweep()
    await ann.change(paths[0])

    assert await ann.files() == [await ann.worn()]


async def test_a_copy_that_comes_late_never_puts_on_a_file_that_is_gone(ann: Wardrobe) -> None:
    """Between the copy's file and its profile, the first one was answered and replaced."""
    path = await ann.uploaded(media.picture(10, 10))

    async def meanwhile() -> None:
        await ann.change(path)
        await ann.replace()

    ann.blobs.then = meanwhile
    await refused(ann.change(path))

    assert await ann.files() == [await ann.worn()]


async def test_a_copy_that_comes_just_after_is_the_same(ann: Wardrobe) -> None:
    path = await ann.uploaded(media.picture(10, 10))

    async def meanwhile() -> None:
        await ann.change(path)

    ann.blobs.then = meanwhile
    with anyio.fail_after(20):
        await ann.change(path)

    assert await ann.files() == [await ann.worn()]
