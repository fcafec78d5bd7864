"""Drawings in their user's folder, as the draw_chart tool keeps them: see tools.ports.Drawings."""

import logging
from datetime import timedelta

import anyio

from runtime.clock import Clock, micros
from runtime.features.files.served import StoredFile
from runtime.media.addresses import ADDRESS, own_folder
from storage.blobs.base import Blobs
from storage.crashpoints import crashpoint, register
from storage.errors import BlobsUnavailable
from storage.sql.database import Database
from storage.sql.drawings import DrawingRow
from storage.sql.transaction import Transaction
from tools.base import ToolFailed

LARGEST = 256 * 1024
SVG = "image/svg+xml"
REMOVE_AT_ONCE = 100
# Longer than any call may take: a place that old and without its file is a dead worker's.
RESERVED_FOR = timedelta(hours=1)
# What a call that is being stopped may take to give its place back.
LAST_WORD_SECONDS = 5.0
FULL = "The user's folder holds as many drawings as it may ({}); an old session must be forgotten."
NO_ROOM = "The drawing could not be stored; nothing was kept of it."

register("drawing.reserved", "drawing.stored")

log = logging.getLogger(__name__)


class DrawingFolder:
    """First the place in the quota, then the file under the call's own name: both once.

    Whoever cannot fill the place gives it back; where even that fails, the sweep does.
    """

    def __init__(self, *, database: Database, blobs: Blobs, clock: Clock, most: int) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._most = most

    async def keep(self, call_id: str, *, user_id: str, session_id: str, svg: str) -> str:
        content = svg.encode()
        if len(content) > LARGEST:
            raise ToolFailed(NO_ROOM)
        drawing = DrawingRow(
            id=call_id,
            user_id=user_id,
            session_id=session_id,
            path=path_of(user_id, call_id),
            created_at=micros(self._clock.now()),
        )
        if not await self._database.run(_reserve, drawing, self._most):
            raise ToolFailed(FULL.format(self._most))
        crashpoint("drawing.reserved")
        await self._fill(drawing, content)
        return f"{ADDRESS}/{drawing.path}"

    async def _fill(self, drawing: DrawingRow, content: bytes) -> None:
        kept = False
        try:
            await self._blobs.put(drawing.path, content)
            crashpoint("drawing.stored")
            kept = await self._database.run(_store, drawing.id)
        except BlobsUnavailable as failure:
            log.warning("a drawing was not stored", extra={"reason": str(failure)})
            raise ToolFailed(NO_ROOM) from failure
        finally:
            if not kept:
                # Also when the call's time is over. Of the file, some may have arrived.
                with anyio.move_on_after(LAST_WORD_SECONDS, shield=True):
                    await self._database.run(_drop, drawing.id)
        if not kept:
            raise ToolFailed(NO_ROOM)

    async def sweep(self) -> None:
        """Remove the files that have no place; the row goes last, so that none is overlooked."""
        before = micros(self._clock.now() - RESERVED_FOR)
        await self._database.run(_drop_reserved, before)
        for drawing in await self._database.read(_dropped):
            try:
                await self._blobs.remove(drawing.path)
            except BlobsUnavailable as failure:
                log.warning("a drawing was not removed", extra={"reason": str(failure)})
                return
            await self._database.run(_remove, drawing.id)


def path_of(user_id: str, call_id: str) -> str:
    return f"{own_folder(user_id)}charts/{call_id}.svg"


def find(tx: Transaction, user_id: str, key: str) -> StoredFile | None:
    drawing = tx.drawings.by_path(user_id, key)
    return StoredFile(key, SVG, f"chart-{drawing.id}.svg") if drawing else None


def _reserve(tx: Transaction, drawing: DrawingRow, most: int) -> bool:
    return tx.drawings.add(drawing, most=most)


def _store(tx: Transaction, drawing_id: str) -> bool:
    return tx.drawings.store(drawing_id)


def _drop(tx: Transaction, drawing_id: str) -> None:
    tx.drawings.drop(drawing_id)


def _drop_reserved(tx: Transaction, before: int) -> int:
    return tx.drawings.drop_reserved(before)


def _remove(tx: Transaction, drawing_id: str) -> None:
    tx.drawings.remove(drawing_id)


def _dropped(tx: Transaction) -> list[DrawingRow]:
    return tx.drawings.dropped(REMOVE_AT_ONCE)
