"""Feedback: taken once, with all of its pictures or not at all."""

import hmac
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

import anyio

from runtime.clock import SECOND, Clock, micros
from runtime.errors import Code, Problem
from runtime.ids import Ids
from runtime.media.decoders import MediaRefused
from runtime.media.pictures import Pictures
from runtime.media.types import JPEG, PNG, type_of
from runtime.web.networks import network
from storage.blobs.base import Blobs
from storage.errors import BlobsUnavailable, StorageUnavailable, Taken
from storage.sql.database import Database
from storage.sql.feedback import FeedbackRow
from storage.sql.transaction import Transaction
from storage.throttles.base import Throttles

HOUR_SECONDS, DAY_SECONDS = 3_600.0, 86_400.0
# Enough to read a screenshot by.
LONGEST_SIDE = 2_048
# Pictures that are held whole at once.
AT_ONCE = 2
# Longer than storing them may take: pictures that are nobody's by then are a dead server's.
RESERVED_SECONDS = 3_600
# A store that did not answer may do the work yet: so long is it given before the sweep.
DOUBT_SECONDS = 60
SWEEP_AT_ONCE = 100
# Taken: the user's account has ended in the meantime.
_TROUBLES = (StorageUnavailable, BlobsUnavailable, Taken)

log = logging.getLogger(__name__)


class FeedbackKind(StrEnum):
    """What it is about, as the person sees it."""

    BUG = "bug"
    SUGGESTION = "suggestion"
    PRAISE = "praise"
    CONTENT = "content"
    ACCOUNT = "account"
    PAYMENT = "payment"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody says, checked; `retry_key` is the client's name for this one try."""

    user_id: str | None
    kind: FeedbackKind
    content: str
    device: str | None
    app_version: str | None
    retry_key: str | None


# Reads one picture as it came, when there is room for it.
Picture = Callable[[], bytes]


class Feedback:
    """The pictures' places first, then the pictures, then all at once what was said about them."""

    def __init__(
        self,
        *,
        database: Database,
        blobs: Blobs,
        pictures: Pictures,
        throttles: Throttles,
        clock: Clock,
        ids: Ids,
        key: bytes,
        per_source: int,
        per_day: int,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._pictures = pictures
        self._throttles = throttles
        self._clock = clock
        self._ids = ids
        self._key = key
        self._per_source = per_source
        self._per_day = per_day
        self._room = anyio.Semaphore(AT_ONCE)

    # --- how often --------------------------------------------------------------------------

    async def admit(self, source: str, user_id: str | None) -> None:
        """Refuse what comes too often, before any of it is read."""
        try:
            await self._take("feedback-source", network(source), self._per_source, HOUR_SECONDS)
            if user_id is not None:
                await self._take("feedback-user", user_id, self._per_source, HOUR_SECONDS)
            await self._take("feedback-all", "", self._per_day, DAY_SECONDS)
        except StorageUnavailable as failure:
            raise _not_stored(failure) from failure

    async def _take(self, kind: str, who: str, most: int, seconds: float) -> None:
        # Addresses are people: the store of the counts sees no plain one.
        mark = hmac.digest(self._key, f"eryao/{kind}/{who}".encode(), sha256).hex()[:32]
        wait = await self._throttles.take(f"{kind}:{mark}", limit=most, seconds=seconds)
        if wait > 0:
            after = max(1, math.ceil(wait))
            raise Problem(
                Code.FEEDBACK_TOO_MANY,
                f"That is too much feedback for now. Wait {after} seconds.",
                retryAfter=after,
            )

    # --- in ---------------------------------------------------------------------------------

    async def submit(self, said: Said, pictures: Sequence[Picture]) -> FeedbackRow:
        """The feedback as it is stored; the same try again is the same feedback."""
        async with self._room:
            taken = [await self._taken(read, number) for number, read in enumerate(pictures)]
        row = self._row(said, [digest for digest, _ in taken])
        try:
            known = await self._database.read(_known, row)
            return known or await self._store(row, [content for _, content in taken])
        except _TROUBLES as failure:
            raise _not_stored(failure) from failure

    async def _taken(self, read: Picture, number: int) -> tuple[bytes, bytes]:
        """What tells the picture as it came from others, and the picture as it is kept."""
        content = read()
        if type_of(content) not in {JPEG, PNG}:
            raise refused_image(number, "This is no JPEG or PNG picture, whatever it is called.")
        try:
            made = await self._pictures.reencode(content, longest_side=LONGEST_SIDE)
        except MediaRefused as refused:
            raise refused_image(number, str(refused)) from None
        return sha256(content).digest(), made

    def _row(self, said: Said, pictures: Sequence[bytes]) -> FeedbackRow:
        words = (said.kind, said.content, said.device or "", said.app_version or "")
        parts = [*(sha256(word.encode()).digest() for word in words), *pictures]
        return FeedbackRow(
            id=self._ids.new(),
            user_id=said.user_id,
            kind=said.kind,
            content=said.content,
            device=said.device,
            app_version=said.app_version,
            retry_key=self._retry_key(said),
            digest=sha256(b"".join(parts)).digest(),
            created_at=self._now(),
        )

    def _retry_key(self, said: Said) -> bytes | None:
        """Each user's keys are their own; those of people unknown are all of one house."""
        if said.retry_key is None:
            return None
        return sha256(f"{said.user_id or ''}:{said.retry_key}".encode()).digest()

    async def _store(self, row: FeedbackRow, pictures: Sequence[bytes]) -> FeedbackRow:
        paths = [f"feedback/{row.id}/{number}.jpg" for number in range(1, len(pictures) + 1)]
        if paths:
            until = row.created_at + RESERVED_SECONDS * SECOND
            await self._database.run(_reserve, paths, until)
        try:
            for path, content in zip(paths, pictures, strict=True):
                await self._blobs.put(path, content)
            stored = await self._database.run(_add, row, paths, self._now)
        except _TROUBLES:
            await self._give_up(paths)
            raise
        if stored.id != row.id:
            await self._give_up(paths)
        return stored

    async def _give_up(self, paths: Sequence[str]) -> None:
        """Let the sweep have them soon; where even that cannot be said, it has them later."""
        until = self._now() + DOUBT_SECONDS * SECOND
        try:
            await self._database.run(_let_go, paths, until)
        except StorageUnavailable:
            log.warning("feedback pictures wait for their hour", extra={"count": len(paths)})

    # --- gone -------------------------------------------------------------------------------

    async def sweep(self) -> None:
        """Remove the pictures that are nobody's; the row goes last, so that none is overlooked."""
        for path in await self._database.read(_strays, self._now()):
            try:
                await self._blobs.remove(path)
            except BlobsUnavailable as failure:
                log.warning("a feedback picture was not removed", extra={"reason": str(failure)})
                return
            await self._database.run(_remove, path)

    def _now(self) -> int:
        return micros(self._clock.now())


def refused_image(number: int, why: str) -> Problem:
    text = f"{why} Send JPEG or PNG."
    return Problem.at(Code.FEEDBACK_INVALID_IMAGE_TYPE, f"/images/{number}", text)


def _not_stored(failure: Exception) -> Problem:
    log.warning("feedback was not stored", extra={"reason": str(failure)})
    return Problem(
        Code.FEEDBACK_SUBMIT_FAILED, "The feedback could not be stored, nothing of it was kept."
    )


def _known(tx: Transaction, row: FeedbackRow) -> FeedbackRow | None:
    """What this try has stored before, if it says the same."""
    known = tx.feedback.by_key(row.retry_key) if row.retry_key is not None else None
    if known and known.digest != row.digest:
        text = "This Idempotency-Key belongs to other feedback."
        raise Problem.at(Code.REQUEST_VALIDATION_ERROR, "", text)
    return known


def _reserve(tx: Transaction, paths: Sequence[str], until: int) -> None:
    tx.feedback.reserve(paths, expires_at=until)


def _add(
    tx: Transaction, row: FeedbackRow, paths: Sequence[str], now: Callable[[], int]
) -> FeedbackRow:
    if not tx.feedback.add(row):
        # The same try on another way in was faster.
        known = _known(tx, row)
        assert known is not None
        return known
    if not tx.feedback.bind(row.id, paths, now=now()):
        raise StorageUnavailable("a picture's place was taken back")
    return row


def _let_go(tx: Transaction, paths: Sequence[str], until: int) -> None:
    tx.feedback.let_go(paths, until=until)


def _strays(tx: Transaction, now: int) -> list[str]:
    return tx.feedback.strays(now=now, most=SWEEP_AT_ONCE)


def _remove(tx: Transaction, path: str) -> None:
    tx.feedback.remove_picture(path)
