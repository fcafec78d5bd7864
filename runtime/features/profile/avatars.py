"""Avatars: strangers' pictures made harmless, one for each user, in the user's own folder."""

import logging
import re
from dataclasses import dataclass
from datetime import datetime

from runtime.clock import Clock, micros
from runtime.errors import Code, Problem
from runtime.features.files.served import StoredFile
from runtime.features.profile.facts import change
from runtime.ids import Ids
from runtime.media.addresses import own_folder
from runtime.media.decoders import MediaRefused
from runtime.media.pictures import Pictures
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
        self, *, database: Database, blobs: Blobs, pictures: Pictures, clock: Clock, ids: Ids
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._pictures = pictures
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
        kept = None if asked is None else _adopted_path(user_id, asked)
        if kept == worn:
            return
        if asked is not None and kept is not None:
            await self._adopt(asked, kept)
        await self.wear(user_id, kept)

    async def _adopt(self, path: str, kept: str) -> None:
        """What was uploaded past this server, kept like any other; the upload is gone then."""
        try:
            size = await self._blobs.size(path)
            content = await self._blobs.get(path) if size and size <= LARGEST else None
            if content is None and await self._blobs.size(kept):
                return  # by somebody else who asked for the same
        except BlobsUnavailable as failure:
            raise _not_kept(failure) from failure
        if not content:
            raise _refused("Nothing was uploaded under this path, or too much.")
        await self._keep(kept, content)
        await self.drop(path)
        crashpoint("avatar.adopted")

    def invite(self, user_id: str, media_type: str, size: int) -> Invitation:
        path = f"{own_folder(user_id)}uploads/avatar-{self._ids.new()}"
        try:
            signed = self._blobs.sign_upload(
                path, media_type=media_type, size=size, seconds=UPLOAD_SECONDS
            )
        except BlobsUnavailable as failure:
            log.warning("no upload was signed", extra={"reason": str(failure)})
            raise Problem(
                Code.AVATAR_SIGNED_URL_FAILED, "The store of files signs no uploads."
            ) from failure
        return Invitation(path, signed)

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


def find(tx: Transaction, user_id: str, key: str) -> StoredFile | None:
    """See runtime.features.files.served.Find."""
    profile = tx.profiles.get(user_id)
    if profile is None or profile.avatar_path != key:
        return None
    return StoredFile(key, JPEG, "avatar.jpg")


def _kept_path(user_id: str, avatar_id: str) -> str:
    return f"{own_folder(user_id)}avatars/{avatar_id}.jpg"


def _adopted_path(user_id: str, uploaded: str) -> str:
    """Where the upload under this path is kept, once it is the avatar."""
    inside = uploaded.removeprefix(own_folder(user_id))
    match = _UPLOAD.fullmatch(inside)
    if inside == uploaded or match is None:
        raise Problem(
            Code.AVATAR_PATH_SCOPE_INVALID, "This is no path that signed-upload gave you."
        )
    return _kept_path(user_id, match[1])


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
