"""Readings made readable by others, as the share_reading tool does it: see tools.ports.Shares.

The link is a random salt under the server's key; of it the store keeps a hash. So neither the
store nor the key alone gives a link away, and a retried worker gives the same one.
"""

import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from runtime.clock import Clock, from_micros, micros
from runtime.errors import Code, Problem
from runtime.runs.finding import owned_session
from runtime.runs.transcript import reading_text
from storage.crashpoints import crashpoint, register
from storage.sql.database import Database
from storage.sql.sessions import SessionRow
from storage.sql.shares import ShareRow
from storage.sql.transaction import Transaction
from tools.base import ToolFailed
from tools.liuyao.reading.compose import compose_unasked
from tools.ports import Shared

SALT_BYTES = 16
# How long a link that has ended is known to have been one.
KEPT_AFTER = timedelta(days=30)
NOTHING_TO_SHARE = "This session has no reading yet that could be shared."

register("share.added")


@dataclass(frozen=True, slots=True)
class Request:
    """What a call of the tool asks for, or its user without one; `call_id` names the link."""

    call_id: str
    user_id: str
    session_id: str
    days: int
    include_question: bool


class ReadingShares:
    """Opens pages, finds them by their link, and lets go of the old ones."""

    def __init__(self, *, database: Database, clock: Clock, key: bytes, public_url: str) -> None:
        self._database = database
        self._clock = clock
        self._key = hmac.digest(key, b"links to shared readings", "sha256")
        self._public_url = public_url.rstrip("/")

    async def share(
        self, call_id: str, *, user_id: str, session_id: str, days: int, include_question: bool
    ) -> Shared:
        asked = Request(call_id, user_id, session_id, days, include_question)
        row = await self._database.run(self._share, asked)
        crashpoint("share.added")
        return Shared(self.url(row), from_micros(row.expires_at))

    async def open(self, asked: Request) -> ShareRow:
        """Its user's own word for it, without a model and a run: they see what they share.

        Sharing the same again is the same link, open for as long again; what has become another
        reading since has one of its own.
        """
        return await self._database.run(self._open, asked)

    def url(self, row: ShareRow) -> str:
        return f"{self._public_url}/shared/{self._token(row.salt)}"

    async def found(self, token: str) -> ShareRow | None:
        return await self._database.read(_by_token, _hash(token))

    def is_open(self, row: ShareRow) -> bool:
        return row.revoked_at is None and micros(self._clock.now()) < row.expires_at

    async def sweep(self) -> None:
        before = micros(self._clock.now() - KEPT_AFTER)
        await self._database.run(_drop, before)

    def _share(self, tx: Transaction, asked: Request) -> ShareRow:
        if known := tx.shares.get(asked.call_id):
            return known
        # Locked: what is shared while its session is forgotten would outlive it.
        session = tx.sessions.lock(asked.session_id)
        content = _content(tx, session, asked) if session else None
        if content is None:
            raise ToolFailed(NOTHING_TO_SHARE)
        row = self._row(asked, content)
        if tx.shares.add(row):
            return row
        # Another attempt of the same call has opened the page meanwhile: its link is the link.
        known = tx.shares.get(asked.call_id)
        if known is None:
            raise ToolFailed(NOTHING_TO_SHARE)
        return known

    def _open(self, tx: Transaction, asked: Request) -> ShareRow:
        owned_session(tx, asked.user_id, asked.session_id)
        # Locked as for the tool; and so two clicks cannot both find nothing open.
        session = tx.sessions.lock(asked.session_id)
        content = _content(tx, session, asked) if session else None
        if content is None:
            raise Problem(Code.AGENT_SESSION_WITHOUT_READING, NOTHING_TO_SHARE)
        row = self._row(asked, content)
        known = tx.shares.open_in(
            asked.session_id, include_question=asked.include_question, now=row.created_at
        )
        # A link shows what there was when it was made: half a reading, or one that was given back.
        if known and known.content == row.content:
            until = max(known.expires_at, row.expires_at)
            if tx.shares.prolong(known.id, until):
                return replace(known, expires_at=until)
        tx.shares.add(row)
        return row

    def _row(self, asked: Request, content: Mapping[str, Any]) -> ShareRow:
        now = self._clock.now()
        salt = secrets.token_bytes(SALT_BYTES)
        return ShareRow(
            id=asked.call_id,
            user_id=asked.user_id,
            session_id=asked.session_id,
            salt=salt,
            token_hash=_hash(self._token(salt)),
            include_question=asked.include_question,
            content=json.dumps(content, ensure_ascii=False),
            created_at=micros(now),
            expires_at=micros(now + timedelta(days=asked.days)),
        )

    def _token(self, salt: bytes) -> str:
        return urlsafe_b64encode(hmac.digest(self._key, salt, "sha256")).rstrip(b"=").decode()


def _content(tx: Transaction, session: SessionRow, asked: Request) -> dict[str, Any] | None:
    """What others get to see: the chart, with the answer or with a text made of the chart alone.

    Of an answer nobody can tell which of its words repeat the question or an older session.
    """
    text = reading_text(tx, session.id)
    if session.derived is None or session.cast is None or not text:
        return None
    cast = json.loads(session.cast)
    locale, question = cast["locale"], cast["question"]
    derived = json.loads(session.derived)
    if not asked.include_question:
        # Of the whole chart: its dates are those of the place, which others do not see.
        text, question = compose_unasked(derived, locale=locale).text(), None
    chart = _public_chart(derived)
    return {"locale": locale, "question": question, "text": text, "chart": chart}


def _public_chart(derived: Mapping[str, Any]) -> dict[str, Any]:
    """The chart without what was asked about, where its user was, and at what minute."""
    cast = derived["cast"]
    kept = {"method": cast["method"], "lines": cast["lines"], "localTime": cast["localTime"][:10]}
    # The rule names what was asked about.
    focus = {name: value for name, value in derived["focus"].items() if name != "rule"}
    return {**derived, "cast": kept, "focus": focus}


def _by_token(tx: Transaction, token_hash: bytes) -> ShareRow | None:
    return tx.shares.by_token(token_hash)


def _drop(tx: Transaction, before: int) -> int:
    return tx.shares.drop_before(before)


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
