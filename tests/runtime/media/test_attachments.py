"""Files over days: what is swept and what is not, and what trouble leaves behind."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from runtime.errors import Code, Problem
from runtime.media.attachments import DOUBT_SECONDS, UNUSED_SECONDS, UPLOAD_SECONDS
from runtime.parts import Eryao, build
from runtime.settings import Settings
from storage.sql.attachments import AttachmentRow
from storage.sql.transaction import Transaction
from storage.sql.users import UserRow
from tests.support.clock import StillClock
from tests.support.media import pdf, picture
from tests.support.s3 import ACCESS_KEY, SECRET_KEY, S3Server

NONE = Problem(Code.FILE_NOT_FOUND)
HOUR = 3_600


class Shelf:
    """One user's files, in all parts of a server where nothing works behind the test's back."""

    def __init__(self, eryao: Eryao, clock: StillClock, user_id: str) -> None:
        self.eryao = eryao
        self.clock = clock
        self.user_id = user_id
        self.attachments = eryao.media.attachments

    async def add(self, content: bytes = pdf()) -> AttachmentRow:
        return await self.attachments.add(self.user_id, "a.pdf", content)

    async def uploaded(self, content: bytes = pdf()) -> AttachmentRow:
        row, _ = await self.attachments.await_upload(
            self.user_id, "a.pdf", "application/pdf", len(content)
        )
        assert row.upload_path is not None
        await self.eryao.media.blobs.put(row.upload_path, content)
        return row

    async def claim(self, row: AttachmentRow, session_id: str = "s1") -> bool:
        def work(tx: Transaction) -> bool:
            return tx.attachments.claim(
                row.id, user_id=self.user_id, session_id=session_id, now=self.attachments.now()
            )

        return await self.eryao.database.run(work)

    async def forget(self, session_id: str = "s1") -> None:
        await self.eryao.database.run(lambda tx: tx.sessions.forget(session_id))

    async def sweep(self, after: float = 0) -> None:
        self.clock.move(after)
        await self.attachments.sweep()

    async def left(self) -> tuple[int, list[str]]:
        """Rows, and the keys of their files."""

        def rows(tx: Transaction) -> int:
            found = tx.connection.exec_driver_sql("SELECT count(*) FROM attachments")
            return int(found.scalar_one())

        return await self.eryao.database.read(rows), await self.eryao.media.blobs.keys("u/")

    async def found(self, row: AttachmentRow) -> AttachmentRow:
        return await self.attachments.found(self.user_id, row.path, NONE)


@pytest.fixture(params=["folder", "bucket"])
async def shelf(
    request: pytest.FixtureRequest, settings: Settings, clock: StillClock, s3_server: S3Server
) -> AsyncIterator[Shelf]:
    store: dict[str, object] = {"attachments_per_user": 3, "attachments_mb_per_user": 1}
    if request.param == "bucket":
        store |= {
            "blob_url": s3_server.bucket(f"b{uuid4()}"),
            "blob_access_key": ACCESS_KEY,
            "blob_secret_key": SECRET_KEY,
        }
    chosen = Settings.model_validate({**settings.model_dump(), **store})
    eryao = build(chosen, clock=clock)
    user_id = eryao.ids.new()
    await eryao.database.run(lambda tx: tx.users.add(UserRow(user_id, "ann@example.com", 0)))
    yield Shelf(eryao, clock, user_id)
    await eryao.media.aclose()
    eryao.database.close()


# --- the sweep ---------------------------------------------------------------------------------


async def test_what_nobody_claims_is_swept_after_a_day(shelf: Shelf) -> None:
    row = await shelf.add()

    await shelf.sweep(UNUSED_SECONDS - 1)
    assert await shelf.left() == (1, [row.path])
    await shelf.sweep(2)

    assert await shelf.left() == (0, [])
    with pytest.raises(Problem) as gone:
        await shelf.found(row)
    assert gone.value is NONE


async def test_what_a_session_has_stays_until_it_is_forgotten(shelf: Shelf) -> None:
    row = await shelf.add()
    assert await shelf.claim(row)

    await shelf.sweep(30 * UNUSED_SECONDS)
    assert await shelf.left() == (1, [row.path])
    await shelf.forget()
    with pytest.raises(Problem):
        await shelf.found(row)
    await shelf.sweep()

    assert await shelf.left() == (0, [])


async def test_what_the_sweep_has_decided_on_no_session_gets(shelf: Shelf) -> None:
    row = await shelf.add()
    shelf.clock.move(UNUSED_SECONDS + 1)

    assert not await shelf.claim(row)


async def test_a_file_is_one_sessions(shelf: Shelf) -> None:
    row = await shelf.add()

    assert await shelf.claim(row, "s1")
    assert await shelf.claim(row, "s1")
    assert not await shelf.claim(row, "s2")


async def test_an_upload_is_kept_elsewhere_and_its_place_is_cleared(shelf: Shelf) -> None:
    row = await shelf.uploaded()
    await shelf.claim(await shelf.found(row))
    assert (await shelf.left())[1] == [row.path, row.upload_path]

    await shelf.sweep(UPLOAD_SECONDS - 1)
    assert len((await shelf.left())[1]) == 2, "its URL may still write there"
    await shelf.sweep(2)

    assert await shelf.left() == (1, [row.path])


async def test_an_upload_that_was_never_used_is_swept_whole(shelf: Shelf) -> None:
    await shelf.uploaded()
    await shelf.attachments.await_upload(shelf.user_id, None, "image/png", 100)

    await shelf.sweep(UNUSED_SECONDS + 1)

    assert await shelf.left() == (0, [])


async def test_a_forgotten_upload_is_not_swept_while_its_url_can_write(shelf: Shelf) -> None:
    row = await shelf.uploaded()
    await shelf.claim(await shelf.found(row))
    await shelf.forget()

    await shelf.sweep(60)
    assert (await shelf.left())[0] == 1
    await shelf.sweep(UPLOAD_SECONDS)

    assert await shelf.left() == (0, [])


async def test_a_server_that_died_while_it_stored_leaves_nothing_beyond_the_sweep(
    shelf: Shelf,
) -> None:
    """The row is written first, so that bytes without one cannot be."""
    row = shelf.attachments.row(shelf.user_id, shelf.eryao.ids.new(), "a", "application/pdf", 9)
    await shelf.eryao.database.run(lambda tx: tx.attachments.add(row))
    await shelf.eryao.media.blobs.put(row.path, pdf())

    with pytest.raises(Problem):
        await shelf.found(row)
    assert not await shelf.claim(row)
    await shelf.sweep(UNUSED_SECONDS + 1)

    assert await shelf.left() == (0, [])


async def test_an_account_is_erased_with_its_files(shelf: Shelf) -> None:
    await shelf.add()
    await shelf.uploaded()

    for key in await shelf.eryao.media.blobs.keys(f"u/{shelf.user_id}/"):
        await shelf.eryao.media.blobs.remove(key)
    await shelf.eryao.database.run(lambda tx: tx.attachments.erase(shelf.user_id))

    assert await shelf.left() == (0, [])


# --- room --------------------------------------------------------------------------------------


async def test_so_many_files_and_so_many_bytes_and_no_more(shelf: Shelf) -> None:
    for _ in range(3):
        row = await shelf.add()

    with pytest.raises(Problem) as full:
        await shelf.add()
    assert full.value.code is Code.AGENT_ATTACHMENTS_FULL
    assert full.value.members == {"limit": 3, "used": 3}
    with pytest.raises(Problem) as full:
        await shelf.attachments.await_upload(shelf.user_id, None, "image/png", 10)
    assert full.value.code is Code.AGENT_ATTACHMENTS_FULL
    await shelf.claim(row)
    await shelf.forget()

    large = b"%PDF-1.4\n" + bytes(1_048_576) + b"\n%%EOF"
    with pytest.raises(Problem) as full:
        await shelf.add(large)
    assert full.value.members["limit"] == 1_048_576
    assert await shelf.add(picture()), "its place is free again"


# --- a store in trouble ------------------------------------------------------------------------


@pytest.fixture
async def homeless(settings: Settings, clock: StillClock) -> AsyncIterator[Shelf]:
    """A folder that cannot be used."""
    eryao = build(settings, clock=clock)
    user_id = eryao.ids.new()
    await eryao.database.run(lambda tx: tx.users.add(UserRow(user_id, "ann@example.com", 0)))
    in_the_way(settings.data_dir).write_text("a file is where the folder should be")
    yield Shelf(eryao, clock, user_id)
    eryao.database.close()


def in_the_way(data_dir: Path) -> Path:
    return data_dir / "files"


async def test_a_store_that_takes_nothing_leaves_nothing(
    homeless: Shelf, settings: Settings
) -> None:
    with pytest.raises(Problem) as refused:
        await homeless.add()
    assert refused.value.code is Code.AGENT_ATTACHMENT_STORAGE_UNAVAILABLE
    in_the_way(settings.data_dir).unlink()
    await homeless.sweep(DOUBT_SECONDS + 1)

    assert await homeless.left() == (0, [])


async def test_a_store_without_keys_signs_nothing(settings: Settings, clock: StillClock) -> None:
    chosen = settings.model_copy(update={"blob_url": "s3://bucket?endpoint=http://127.0.0.1:1"})
    eryao = build(chosen, clock=clock)
    row = eryao.media.attachments.row(eryao.ids.new(), eryao.ids.new(), "a", "image/jpeg", 1)

    with pytest.raises(Problem) as refused:
        eryao.media.attachments.read_url(row.path, row.name, row.media_type)
    assert refused.value.code is Code.AGENT_SIGNED_URL_GENERATION_FAILED
    with pytest.raises(Problem) as refused:
        await eryao.media.attachments.await_upload(row.user_id, None, "image/png", 10)
    assert refused.value.code is Code.AGENT_SIGNED_URL_GENERATION_FAILED
    eryao.database.close()
