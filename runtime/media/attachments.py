"""Users' files: brought, checked, kept for a session or swept."""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

import anyio

from runtime.clock import SECOND, Clock, micros
from runtime.errors import Code, Problem
from runtime.ids import Ids
from runtime.media.addresses import own_folder
from runtime.media.intake import Intake, check_size, too_large, unsupported
from runtime.media.names import clean_name, disposition
from runtime.media.ration import Ration
from runtime.media.types import SUFFIXES, Kind, kind_of, known_type
from storage.blobs.base import Blobs, SignedUrl
from storage.errors import BlobsRefused, BlobsUnavailable
from storage.sql.attachments import AttachmentRow, AttachmentState
from storage.sql.database import Database
from storage.sql.transaction import Transaction

# How long a signed URL is good for: to upload to, and to read from.
URL_SECONDS = 600
# What no session has claimed by then is swept.
UNUSED_SECONDS = 86_400
# After this, no signed URL can write to where an upload was awaited.
UPLOAD_SECONDS = 3_600
# A store that did not answer may do the work yet: so long is it given before its bytes are swept.
DOUBT_SECONDS = 60
SWEEP_AT_ONCE = 100
LONGEST_SUFFIX = 5

log = logging.getLogger(__name__)


class Attachments:
    """The row first, then the bytes; on the way out the bytes first, then the row."""

    def __init__(
        self,
        *,
        database: Database,
        blobs: Blobs,
        intake: Intake,
        ration: Ration,
        clock: Clock,
        ids: Ids,
        most: int,
        most_bytes: int,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self.intake = intake
        self._ration = ration
        self._clock = clock
        self._ids = ids
        self._most = most
        self._most_bytes = most_bytes

    # --- in -----------------------------------------------------------------------------------

    async def add(self, user_id: str, name: str | None, content: bytes) -> AttachmentRow:
        """A file as it came over our own wire."""
        taken = await self.intake.take(content)
        row = self.row(user_id, self._ids.new(), name, taken.media_type, len(taken.content))
        return await self.store(row, taken.content)

    def row(
        self, user_id: str, attachment_id: str, name: str | None, media_type: str, size: int
    ) -> AttachmentRow:
        now = self.now()
        return AttachmentRow(
            id=attachment_id,
            user_id=user_id,
            path=f"{own_folder(user_id)}files/{attachment_id}",
            name=_named(name, media_type),
            media_type=media_type,
            size=size,
            state=AttachmentState.RESERVED,
            created_at=now,
            expires_at=now + UNUSED_SECONDS * SECOND,
        )

    async def store(self, row: AttachmentRow, content: bytes) -> AttachmentRow:
        """Have the bytes and the row, or neither beyond the next sweep; the same again is once."""
        await self._database.run(self._reserve, row)
        with store_trouble():
            try:
                await self._blobs.put(row.path, content)
            except BaseException:  # whoever leaves gives the place back too
                with anyio.CancelScope(shield=True):
                    await self.let_go([row.id])
                raise
        await self._database.run(_keep, row, self.now())
        return row

    async def await_upload(
        self, user_id: str, name: str | None, declared: str, size: int
    ) -> tuple[AttachmentRow, SignedUrl]:
        """A place for a file that the client brings to the store itself."""
        media_type = known_type(declared)
        if media_type is None:
            raise unsupported("/mimeType")
        check_size(size, "/size")
        row = self.row(user_id, self._ids.new(), name, media_type, size)
        upload_path = f"{own_folder(user_id)}uploads/{row.id}"
        with signing():
            signed = self._blobs.sign_upload(
                upload_path, media_type=media_type, size=size, seconds=URL_SECONDS
            )
        awaited = replace(row, upload_path=upload_path, state=AttachmentState.AWAITED)
        await self._database.run(self._reserve, awaited)
        return awaited, signed

    def _reserve(self, tx: Transaction, row: AttachmentRow) -> None:
        """A place in the user's room; two at once may both take the last one: it is a quota."""
        files, size = tx.attachments.used(row.user_id, now=row.created_at)
        fresh = tx.attachments.find(row.user_id, row.id, now=row.created_at) is None
        if fresh and files >= self._most:
            raise _full(f"{self._most} files", self._most, files)
        if fresh and size + row.size > self._most_bytes:
            raise _full(f"{self._most_bytes} bytes of files", self._most_bytes, size)
        tx.attachments.add(row)

    # --- out ----------------------------------------------------------------------------------

    async def found(self, user_id: str, ref: str, refusal: Problem) -> AttachmentRow:
        """The user's own file of this path or id, checked; or else the refusal."""
        row = await self._database.read(_find, user_id, ref, self.now())
        if row is None or row.state == AttachmentState.RESERVED:
            raise refusal
        return row if row.state == AttachmentState.KEPT else await self._check_in(row)

    async def _check_in(self, row: AttachmentRow) -> AttachmentRow:
        """What was uploaded past us is looked at before it is anything, and kept elsewhere.

        Its signed URL may still write to where it lies, so what was checked must not be there.
        """
        assert row.upload_path is not None
        await self._ration.take(row.user_id)
        with store_trouble():
            size = await self._blobs.size(row.upload_path)
        if size is None or self.now() > row.created_at + UPLOAD_SECONDS * SECOND:
            raise Problem(Code.AGENT_ATTACHMENT_EMPTY, "Nothing was uploaded to this path.")
        if size > row.size:
            raise too_large()
        async with self.intake.room:
            with store_trouble():
                content = await self._blobs.get(row.upload_path) or b""
            taken = await self.intake.take(content)
            if taken.was != row.media_type:
                raise unsupported(why=f"Announced was {row.media_type}, this is {taken.was}.")
            with store_trouble():
                await self._blobs.put(row.path, taken.content)
        kept = replace(
            row,
            media_type=taken.media_type,
            name=_named(row.name, taken.media_type),
            size=len(taken.content),
            state=AttachmentState.KEPT,
        )
        await self._database.run(_keep, kept, self.now())
        return kept

    def read_url(self, path: str, name: str, media_type: str) -> SignedUrl:
        shown = kind_of(media_type) is not Kind.DOCUMENT
        with signing():
            return self._blobs.sign_read(
                path,
                media_type=media_type,
                disposition=disposition(name, inline=shown),
                seconds=URL_SECONDS,
            )

    async def content(self, path: str) -> bytes | None:
        return await self._blobs.get(path)

    # --- gone ---------------------------------------------------------------------------------

    async def let_go(self, attachment_ids: Collection[str]) -> None:
        """What no session has claimed goes soon, and not in the end of the day."""
        until = self.now() + DOUBT_SECONDS * SECOND
        await self._database.run(_let_go, attachment_ids, until)

    async def sweep(self) -> None:
        """Files that nobody claimed or whose session is forgotten, and uploads kept elsewhere."""
        now = self.now()
        before = now - UPLOAD_SECONDS * SECOND
        try:
            for row in await self._database.read(_expired, now, before):
                await self._sweep_one(row, now)
            for row in await self._database.read(_uploaded, before):
                assert row.upload_path is not None
                await self._blobs.remove(row.upload_path)
                await self._database.run(_cleared, row.id)
        except BlobsUnavailable as failure:
            log.warning("attachments were not removed", extra={"reason": str(failure)})

    async def _sweep_one(self, row: AttachmentRow, now: int) -> None:
        if not await self._database.run(_condemn, row.id, now):
            return  # a session has claimed it in the meantime
        for path in (row.path, row.upload_path):
            if path is not None:
                await self._blobs.remove(path)
        await self._database.run(_remove, row.id)

    def now(self) -> int:
        return micros(self._clock.now())


@contextmanager
def store_trouble() -> Iterator[None]:
    try:
        yield
    except BlobsRefused as failure:
        log.warning("the store of files refused", extra={"reason": str(failure)})
        raise Problem(
            Code.AGENT_ATTACHMENT_UPLOAD_FAILED, "The store of files did not take it."
        ) from failure
    except BlobsUnavailable as failure:
        log.warning("the store of files did not answer", extra={"reason": str(failure)})
        raise Problem(
            Code.AGENT_ATTACHMENT_STORAGE_UNAVAILABLE, "The store of files does not answer."
        ) from failure


@contextmanager
def signing() -> Iterator[None]:
    try:
        yield
    except BlobsUnavailable as failure:
        raise Problem(
            Code.AGENT_SIGNED_URL_GENERATION_FAILED, "The store of files signs no URL."
        ) from failure


def _named(name: str | None, media_type: str) -> str:
    """A name that ends as the content does, whatever it was called."""
    clean, suffix = clean_name(name), SUFFIXES[media_type]
    stem, dot, end = clean.rpartition(".")
    if not dot or len(end) > LONGEST_SUFFIX:
        return f"{clean}.{suffix}"
    return f"{stem}.{suffix}"


def _full(most: str, limit: int, used: int) -> Problem:
    return Problem(
        Code.AGENT_ATTACHMENTS_FULL,
        f"You have room for {most}; forget a session that has some.",
        limit=limit,
        used=used,
    )


def _find(tx: Transaction, user_id: str, ref: str, now: int) -> AttachmentRow | None:
    return tx.attachments.find(user_id, ref, now=now)


def _keep(tx: Transaction, row: AttachmentRow, now: int) -> None:
    tx.attachments.keep(row.id, media_type=row.media_type, size=row.size, now=now)


def _let_go(tx: Transaction, attachment_ids: Collection[str], until: int) -> None:
    tx.attachments.let_go(attachment_ids, until=until)


def _expired(tx: Transaction, now: int, before: int) -> list[AttachmentRow]:
    return tx.attachments.expired(now=now, uploaded_before=before, most=SWEEP_AT_ONCE)


def _uploaded(tx: Transaction, before: int) -> list[AttachmentRow]:
    return tx.attachments.uploaded(uploaded_before=before, most=SWEEP_AT_ONCE)


def _condemn(tx: Transaction, attachment_id: str, now: int) -> bool:
    return tx.attachments.condemn(attachment_id, now=now)


def _remove(tx: Transaction, attachment_id: str) -> None:
    tx.attachments.remove(attachment_id)


def _cleared(tx: Transaction, attachment_id: str) -> None:
    tx.attachments.cleared(attachment_id)
