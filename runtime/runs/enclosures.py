"""Files in messages: brought in before a run is admitted, shown again, and shown to the model."""

import base64
import binascii
import logging
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import anyio

from runtime.agent.models.base import Enclosure, Prompt, Said
from runtime.errors import Code, FieldError, Problem
from runtime.ids import is_uuid
from runtime.media.addresses import Addresses, not_yours, own_path
from runtime.media.attachments import Attachments
from runtime.media.intake import unsupported
from runtime.media.parts import Media
from runtime.media.ration import Ration
from runtime.media.recordings import Recordings
from runtime.media.types import MP3, WAV, Kind, kind_of
from runtime.runs.parts import VENDOR, Attached, Part
from runtime.settings import Settings
from storage.errors import BlobsUnavailable
from storage.sql.attachments import AttachmentRow, AttachmentState
from storage.sql.database import Database
from storage.sql.transaction import Transaction

Message = dict[str, Any]
# What an endpoint takes as `input_audio`.
HEARD = frozenset({WAV, MP3})

log = logging.getLogger(__name__)


class Enclosures:
    """What runs know of files."""

    def __init__(
        self,
        *,
        database: Database,
        attachments: Attachments,
        addresses: Addresses,
        ration: Ration,
        recordings: Recordings,
        sees_images: bool,
        hears_audio: bool,
    ) -> None:
        self._database = database
        self._attachments = attachments
        self._addresses = addresses
        self._ration = ration
        self._recordings = recordings
        self._sees = sees_images
        self._hears = hears_audio

    # --- in -----------------------------------------------------------------------------------

    async def bring(self, user_id: str, run_id: str, parts: Sequence[Part]) -> tuple[Attached, ...]:
        """The files behind the parts, each the user's own and in order, or the first refusal.

        What is stored came with the same message before, whose answer was lost: it is not opened
        again, and does not count again.
        """
        ids = {
            part.pointer: _id_within(user_id, run_id, part) for part in parts if _is_within(part)
        }
        stored = await self._stored(user_id, ids.values())
        if fresh := len(ids) - len(stored):
            await self._ration.take(user_id, fresh)
        return tuple([await self._bring(user_id, part, ids, stored) for part in parts])

    @asynccontextmanager
    async def kept(self, user_id: str, files: Sequence[Attached]) -> AsyncIterator[None]:
        """What came within the message is stored now; if the run is refused, it does not stay."""
        fresh = [file for file in files if file.content is not None]
        stored: list[str] = []
        try:
            for file in fresh:
                assert file.content is not None
                stored.append(file.id)
                row = self._attachments.row(
                    user_id, file.id, file.name, file.media_type, len(file.content)
                )
                await self._attachments.store(row, file.content)
            yield
        except BaseException:
            if stored:
                with anyio.CancelScope(shield=True):
                    await self._attachments.let_go(stored)
            raise

    async def _stored(self, user_id: str, file_ids: Collection[str]) -> Mapping[str, AttachmentRow]:
        if not file_ids:
            return {}
        return await self._database.read(_stored, user_id, file_ids, self._attachments.now())

    async def _bring(
        self, user_id: str, part: Part, ids: Mapping[str, str], stored: Mapping[str, AttachmentRow]
    ) -> Attached:
        if _is_within(part):
            file_id = ids[part.pointer]
            row = stored.get(file_id)
            if row is None:
                return await self._unpack(user_id, file_id, part)
        else:
            row = await self._found(user_id, part)
        _check_kind(part, row.media_type)
        return _attached(row)

    async def _found(self, user_id: str, part: Part) -> AttachmentRow:
        if part.source == "url":
            ref = self._addresses.key_in(part.value, user_id, part.pointer)
            text = "This is no file of yours."
            errors = [FieldError(part.pointer, text)]
            refusal = Problem(Code.INVALID_BINARY_URL_PATH_SCOPE, text, errors=errors)
        else:
            is_id = is_uuid(part.value)
            ref = part.value if is_id else own_path(part.value, user_id, part.pointer)
            refusal = not_yours(part.pointer)
        return await self._attachments.found(user_id, ref, refusal)

    async def _unpack(self, user_id: str, file_id: str, part: Part) -> Attached:
        content = _decoded(part)
        async with self._attachments.intake.room:
            taken = await self._attachments.intake.take(content, part.pointer)
        _check_kind(part, taken.media_type)
        size = len(taken.content)
        row = self._attachments.row(user_id, file_id, part.name, taken.media_type, size)
        return replace(_attached(row), content=taken.content)

    # --- shown again --------------------------------------------------------------------------

    def shown(self, message: Message) -> Message:
        """A stored message as clients get it: its files under fresh URLs."""
        content = message.get("content")
        if not isinstance(content, list):
            return message
        return message | {"content": [self._shown(part) for part in content]}

    def _shown(self, part: Message) -> Message:
        if part["type"] == "text":
            return part
        source, told = part["source"], part["metadata"][VENDOR]
        try:
            signed = self._attachments.read_url(source["value"], told["name"], source["mimeType"])
        except Problem:
            return part  # a store that signs nothing: its path says where it is
        fresh = {"type": "url", "value": signed.url, "mimeType": source["mimeType"]}
        return part | {"source": fresh}

    # --- to the model -------------------------------------------------------------------------

    async def open(self, prompt: Prompt) -> Prompt:
        """The prompt with what the model can see and hear of its files."""
        if not any(said.enclosures for said in prompt.said):
            return prompt
        return replace(prompt, said=[await self._open_all(said) for said in prompt.said])

    async def _open_all(self, said: Said) -> Said:
        opened = tuple([await self._open(enclosure) for enclosure in said.enclosures])
        return replace(said, enclosures=opened)

    async def _open(self, enclosure: Enclosure) -> Enclosure:
        try:
            match kind_of(enclosure.media_type):
                case Kind.IMAGE if self._sees:
                    content = await self._attachments.content(enclosure.path)
                    return replace(enclosure, content=content)
                case Kind.AUDIO if self._hears and enclosure.media_type in HEARD:
                    content = await self._attachments.content(enclosure.path)
                    return replace(enclosure, content=content)
                case Kind.AUDIO:
                    return replace(enclosure, transcript=await self._heard(enclosure))
        except (BlobsUnavailable, Problem) as failure:
            # The model then says that it could not open the file, and does not make it up.
            log.warning("a file was not shown to the model", extra={"reason": str(failure)})
        return enclosure

    async def _heard(self, enclosure: Enclosure) -> str | None:
        """What is said in a recording; nobody is asked twice for the same."""
        known = await self._database.read(_transcript, enclosure.id)
        if known is not None:
            return known
        content = await self._attachments.content(enclosure.path)
        if content is None:
            return None
        words = await self._recordings.words(content)
        await self._database.run(_keep_transcript, enclosure.id, words)
        return words


def enclosures_from(settings: Settings, *, database: Database, media: Media) -> Enclosures:
    return Enclosures(
        database=database,
        attachments=media.attachments,
        addresses=Addresses.of(media.blobs),
        ration=media.ration,
        recordings=media.recordings,
        sees_images=settings.model_sees_images,
        hears_audio=settings.model_hears_audio,
    )


def _is_within(part: Part) -> bool:
    return part.source == "data"


def _id_within(user_id: str, run_id: str, part: Part) -> str:
    """The same message again is the same file again."""
    told = f"{user_id}/{run_id}/{part.pointer}/{sha256(_decoded(part)).hexdigest()}"
    return str(uuid5(NAMESPACE_URL, told))


def _attached(row: AttachmentRow) -> Attached:
    return Attached(
        id=row.id, path=row.path, media_type=row.media_type, name=row.name, size=row.size
    )


def _check_kind(part: Part, media_type: str) -> None:
    """A client that calls a document a picture would show it as one."""
    if kind_of(media_type) is not part.kind:
        raise unsupported(part.pointer, f"This {part.kind.value} part holds {media_type}.")


def _decoded(part: Part) -> bytes:
    text = part.value.partition(",")[2] if part.value.startswith("data:") else part.value
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        reason = "The data is not base64."
        errors = [FieldError(part.pointer, reason)]
        raise Problem(Code.AGENT_RUN_MESSAGES_INVALID, reason, errors=errors) from None


def _stored(
    tx: Transaction, user_id: str, file_ids: Collection[str], now: int
) -> Mapping[str, AttachmentRow]:
    found = (tx.attachments.find(user_id, file_id, now=now) for file_id in file_ids)
    return {row.id: row for row in found if row and row.state == AttachmentState.KEPT}


def _transcript(tx: Transaction, attachment_id: str) -> str | None:
    return tx.attachments.transcript(attachment_id)


def _keep_transcript(tx: Transaction, attachment_id: str, words: str) -> None:
    tx.attachments.heard(attachment_id, words)
