"""Avatars: strangers' pictures made harmless, one for each user, in the user's own folder."""

import logging
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from runtime.clock import Clock, micros
from runtime.errors import Code, Problem
from runtime.features.files.served import StoredFile
from runtime.features.profile.facts import change
from runtime.ids import Ids
from runtime.media.addresses import own_folder
from runtime.media.decoders import MediaRefused
from runtime.media.pictures import Pictures
from runtime.media.ration import Ration
from runtime.media.types import JPEG, PICTURES, accepted_words, type_of
from storage.blobs.base import Blobs, SignedUrl
from storage.crashpoints import crashpoint, register
from storage.errors import BlobsUnavailable
from storage.sql.database import Database
from storage.sql.transaction import Transaction

LARGEST = 5 * 1024 * 1024
LONGEST_SIDE = 512
UPLOAD_SECONDS = 600
READ_SECONDS = 3_600
# After this, no request that its URL let in is under way.
UPLOADS_END = timedelta(hours=1)
SWEEP_AT_ONCE = 100
_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_UPLOAD = re.compile(rf"uploads/avatar-({_ID})")

register("avatar.stored", "avatar.adopted", "avatar.changed")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Invitation:
    """Where to send an avatar past this server, and what to call it afterwards."""

    path: str
    signed: SignedUrl


class Avatars:
    """A new file under a new name first, then the profile, then the old file goes."""

    def __init__(
        self,
        *,
        database: Database,
        blobs: Blobs,
        pictures: Pictures,
        ration: Ration,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._pictures = pictures
        self._ration = ration
        self._clock = clock
        self._ids = ids

    async def keep(self, user_id: str, content: bytes) -> str:
        """Store this picture, made harmless, for a profile to take; its path."""
        return await self._keep(_kept_path(user_id, self._ids.new()), content)

    async def _keep(self, path: str, content: bytes) -> str:
        if not 0 < len(content) <= LARGEST or type_of(content) not in PICTURES:
            raise _refused(f"An avatar is a {accepted_words(PICTURES)} of at most 5 MB.")
        try:
            picture = await self._pictures.reencode(content, longest_side=LONGEST_SIDE)
        except MediaRefused as refused:
            raise _refused(str(refused)) from None
        try:
            await self._blobs.put(path, picture)
        except BlobsUnavailable as failure:
            raise _not_kept(failure) from failure
        crashpoint("avatar.stored")
        return path

    async def wear(self, user_id: str, path: str | None) -> None:
        """Make a kept picture the user's avatar, or none; the one before is removed."""
        now = micros(self._clock.now())
        before = await self._database.run(_wear, user_id, now, path)
        crashpoint("avatar.changed")
        if before and before != path:
            await self.drop(before)

    async def change(self, user_id: str, worn: str | None, asked: str | None) -> None:
        """What a client asks for: no avatar, the one that is worn, or one uploaded past us.

        An upload becomes one file whose name it tells, so that the same asked again, after an
        answer that was lost or beside its own copy, is the same.
        """
        if asked == worn:
            return
        if asked is None:
            await self.wear(user_id, None)
            return
        upload_id = _upload_id(user_id, asked)
        if _kept_path(user_id, upload_id) != worn:
            await self._adopt(user_id, upload_id)

    async def _adopt(self, user_id: str, upload_id: str) -> None:
        """What was uploaded past this server, kept like any other; the upload is gone then.

        It is put on once: its file, once taken off, may be on its way out.
        """
        await self._ration.take(user_id)
        kept = _kept_path(user_id, upload_id)
        if await self._database.read(_awaits, user_id, upload_id):
            content = await self._uploaded(user_id)
            if not content and await self._database.read(_is_worn, user_id, kept):
                return  # a copy of this change came first, just now
            if not content:
                raise _refused("Nothing was uploaded under this path, or too much.")
            await self._keep(kept, content)
        now = micros(self._clock.now())
        is_worn, before = await self._database.run(_put_on, user_id, now, upload_id, kept)
        crashpoint("avatar.changed")
        if not is_worn:
            await self.drop(kept)
            raise _refused("This upload was an avatar before, or a newer one took its place.")
        if before != kept:
            await self.drop(_upload_key(user_id))
            crashpoint("avatar.adopted")
        if before and before != kept:
            await self.drop(before)

    async def _uploaded(self, user_id: str) -> bytes:
        path = _upload_key(user_id)
        try:
            size = await self._blobs.size(path)
            return await self._blobs.get(path) or b"" if size and size <= LARGEST else b""
        except BlobsUnavailable as failure:
            raise _not_kept(failure) from failure

    async def invite(self, user_id: str, media_type: str, size: int) -> Invitation:
        """A place for one upload, instead of the one before: all have the same key.

        Whoever asks for many URLs can fill no more than one file with them.
        """
        try:
            signed = self._blobs.sign_upload(
                _upload_key(user_id), media_type=media_type, size=size, seconds=UPLOAD_SECONDS
            )
        except BlobsUnavailable as failure:
            log.warning("no upload was signed", extra={"reason": str(failure)})
            raise Problem(
                Code.AVATAR_SIGNED_URL_FAILED, "The store of files signs no uploads."
            ) from failure
        upload_id = self._ids.new()
        await self._database.run(_expect, user_id, upload_id, micros(self._clock.now()))
        return Invitation(f"{_upload_key(user_id)}-{upload_id}", signed)

    def url(self, path: str | None) -> tuple[str, datetime] | None:
        """A URL that shows the avatar by itself, and until when."""
        if path is None:
            return None
        try:
            signed = self._blobs.sign_read(
                path, media_type=JPEG, disposition="inline", seconds=READ_SECONDS
            )
        except BlobsUnavailable:
            return None
        return signed.url, signed.expires_at

    async def drop(self, path: str) -> None:
        """What cannot be removed now goes with the account; nobody is kept waiting for it."""
        try:
            await self._blobs.remove(path)
        except BlobsUnavailable as failure:
            log.warning("an avatar was not removed", extra={"reason": str(failure)})

    async def sweep(self) -> None:
        """Uploads that nobody adopted, and what came to a URL after its upload was."""
        before = micros(self._clock.now() - UPLOADS_END)
        try:
            for user_id in await self._database.read(_old_uploads, before):
                await self._blobs.remove(_upload_key(user_id))
                await self._database.run(_forget_upload, user_id, before)
        except BlobsUnavailable as failure:
            log.warning("uploads were not removed", extra={"reason": str(failure)})


def find(tx: Transaction, user_id: str, key: str) -> StoredFile | None:
    """See runtime.features.files.served.Find."""
    profile = tx.profiles.get(user_id)
    if profile is None or profile.avatar_path != key:
        return None
    return StoredFile(key, JPEG, "avatar.jpg")


def _kept_path(user_id: str, avatar_id: str) -> str:
    return f"{own_folder(user_id)}avatars/{avatar_id}.jpg"


def _upload_key(user_id: str) -> str:
    return f"{own_folder(user_id)}uploads/avatar"


def _upload_id(user_id: str, path: str) -> str:
    """Which of the user's uploads this is, by the path that it was given."""
    inside = path.removeprefix(own_folder(user_id))
    match = _UPLOAD.fullmatch(inside)
    if inside == path or match is None:
        raise Problem(
            Code.AVATAR_PATH_SCOPE_INVALID, "This is no path that signed-upload gave you."
        )
    return match[1]


def _expect(tx: Transaction, user_id: str, upload_id: str, now: int) -> None:
    tx.avatar_uploads.expect(user_id, upload_id, now)


def _awaits(tx: Transaction, user_id: str, upload_id: str) -> bool:
    return tx.avatar_uploads.awaits(user_id, upload_id)


def _put_on(
    tx: Transaction, user_id: str, now: int, upload_id: str, kept: str
) -> tuple[bool, str | None]:
    """Whether the upload is the avatar now, and what was before: itself, if a copy came first."""
    if tx.avatar_uploads.adopt(user_id, upload_id):
        return True, _wear(tx, user_id, now, kept)
    return _is_worn(tx, user_id, kept), kept


def _is_worn(tx: Transaction, user_id: str, path: str) -> bool:
    profile = tx.profiles.get(user_id)
    return profile is not None and profile.avatar_path == path


def _old_uploads(tx: Transaction, before: int) -> list[str]:
    return tx.avatar_uploads.old(before=before, most=SWEEP_AT_ONCE)


def _forget_upload(tx: Transaction, user_id: str, before: int) -> None:
    tx.avatar_uploads.remove(user_id, before=before)


def _wear(tx: Transaction, user_id: str, now: int, path: str | None) -> str | None:
    known = tx.profiles.lock(user_id)
    if known is None:
        raise Problem(Code.PROFILE_NOT_FOUND, "You have no profile yet; POST /profile makes it.")
    change(tx, user_id, now, {"avatar_path": path})
    return known.avatar_path


def _refused(detail: str) -> Problem:
    return Problem(Code.AVATAR_FILE_INVALID, detail)


def _not_kept(failure: BlobsUnavailable) -> Problem:
    log.warning("an avatar was not stored", extra={"reason": str(failure)})
    return Problem(Code.AVATAR_UPLOAD_FAILED, "The store of files did not keep the avatar.")
