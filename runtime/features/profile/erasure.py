"""Deleting an account and all that is the user's, for good, whatever crashes on the way.

First the account is closed, in one transaction: from then on nobody signs in to it and nothing is
charged. The rest goes step by step, each repeatable, by whoever comes first: the call itself, or
the sweep after it.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import anyio

from runtime.clock import Clock, micros
from runtime.errors import Code, Problem
from runtime.ids import Ids
from runtime.media.addresses import own_folder
from runtime.runs.topics import CANCEL, WORK
from runtime.web.identity import account_gone
from storage.blobs.base import Blobs
from storage.crashpoints import crashpoint, register
from storage.errors import BlobsUnavailable, StorageUnavailable
from storage.sql.database import Database
from storage.sql.erasures import ErasureRow
from storage.sql.transaction import Transaction
from storage.wake.base import Wake

AT_ONCE = 20
# How long the call waits for what is under way, before it leaves the rest to the sweep.
PAUSES_SECONDS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
# Requests that were under way, and URLs that were signed before, are over by then.
SECOND_LOOK = timedelta(hours=1)

register("erase.closed", "erase.called_off", "erase.forgotten", "erase.emptied", "erase.finished")

log = logging.getLogger(__name__)

# Drops what a store besides the database keeps of these runs' logs.
DropLogs = Callable[[Sequence[str]], Awaitable[None]]

# What a feature does whose records outlive their user, in the transaction that removes the user.
Parting = Callable[[Transaction, str, int], None]


class Erasure:
    """Closes accounts, and removes what was theirs."""

    def __init__(
        self,
        *,
        database: Database,
        blobs: Blobs,
        wake: Wake,
        clock: Clock,
        ids: Ids,
        identities: Callable[[str], Sequence[bytes]],
        shut: Callable[[str], None],
        drop_logs: DropLogs,
        partings: Sequence[Parting] = (),
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._wake = wake
        self._clock = clock
        self._ids = ids
        self._identities = identities
        self._shut = shut
        self._drop_logs = drop_logs
        self._partings = partings

    async def erase(self, user_id: str) -> ErasureRow:
        """The receipt: complete, or closed and on its way; or a refusal, and nothing is changed."""
        try:
            await self._blobs.keys(own_folder(user_id))
            receipt = await self._database.run(self._close, user_id)
        except (BlobsUnavailable, StorageUnavailable) as failure:
            log.warning("an account was not deleted", extra={"reason": str(failure)})
            raise Problem(
                Code.PROFILE_DELETE_FAILED, "The store did not take it; nothing was deleted."
            ) from failure
        self._shut(user_id)
        crashpoint("erase.closed")
        try:
            await self._go_on_patiently(user_id)
            return await self._database.read(_receipt, receipt)
        except (BlobsUnavailable, StorageUnavailable) as failure:
            log.warning("an erasure is not complete yet", extra={"reason": str(failure)})
            return receipt

    async def sweep(self) -> None:
        """Go on with what is not complete, and look again at what was."""
        for erasure in await self._database.read(_open):
            assert erasure.user_id is not None, "only what is complete forgets whom it was for"
            await self._attempt(self._go_on(erasure.user_id))
        before = micros(self._clock.now() - SECOND_LOOK)
        for erasure in await self._database.read(_to_look_at, before):
            await self._attempt(self._look_again(erasure))

    # --- the steps --------------------------------------------------------------------------

    def _close(self, tx: Transaction, user_id: str) -> ErasureRow:
        """The account first: what books for this user is done, or will find nothing to book on."""
        tx.points.close(user_id)
        user, now = tx.users.get(user_id), micros(self._clock.now())
        if user is None:
            raise account_gone()
        if tx.users.close(user_id, now):
            receipt = ErasureRow(self._ids.new(), user_id, now)
            tx.erasures.add(receipt, self._identities(user.email)[0])
            return receipt
        earlier = tx.erasures.of_user(user_id)
        assert earlier is not None, "one transaction closes an account and notes it"
        return earlier

    async def _go_on_patiently(self, user_id: str) -> None:
        for pause in PAUSES_SECONDS:
            if await self._go_on(user_id):
                return
            await anyio.sleep(pause)

    async def _go_on(self, user_id: str) -> bool:
        """All steps from the first; False where a run still comes to its end."""
        now = micros(self._clock.now())
        await self._database.run(_call_off, user_id, now)
        crashpoint("erase.called_off")
        await self._wake.ring(CANCEL)
        await self._wake.ring(WORK)
        while quiet := await self._database.read(_quiet, user_id):
            # What the database does not hold goes first: its name would be gone with the row.
            await self._drop_logs(await self._database.read(_runs_in, quiet))
            if not await self._database.run(_forget, quiet):
                break
        crashpoint("erase.forgotten")
        if await self._database.read(_has_sessions, user_id):
            return False
        await self._empty_folder(user_id)
        crashpoint("erase.emptied")
        await self._database.run(self._finish, user_id)
        crashpoint("erase.finished")
        return True

    def _finish(self, tx: Transaction, user_id: str) -> None:
        now = micros(self._clock.now())
        for part in self._partings:
            part(tx, user_id, now)
        tx.erasures.finish(user_id, now)

    async def _empty_folder(self, user_id: str) -> None:
        for key in await self._blobs.keys(own_folder(user_id)):
            await self._blobs.remove(key)

    async def _look_again(self, erasure: ErasureRow) -> None:
        if erasure.user_id is not None:
            await self._empty_folder(erasure.user_id)
        await self._database.run(_detach, erasure.id)

    async def _attempt(self, step: Awaitable[object]) -> None:
        """One account's trouble must not keep the others waiting."""
        try:
            await step
        except BlobsUnavailable as failure:
            log.warning("an erasure is not complete yet", extra={"reason": str(failure)})


def _receipt(tx: Transaction, receipt: ErasureRow) -> ErasureRow:
    assert receipt.user_id is not None
    return tx.erasures.of_user(receipt.user_id) or receipt


def _open(tx: Transaction) -> list[ErasureRow]:
    return tx.erasures.open(AT_ONCE)


def _to_look_at(tx: Transaction, before: int) -> list[ErasureRow]:
    return tx.erasures.to_look_at(before=before, most=AT_ONCE)


def _call_off(tx: Transaction, user_id: str, now: int) -> None:
    tx.erasures.call_off(user_id, now)


def _quiet(tx: Transaction, user_id: str) -> list[str]:
    return tx.erasures.quiet_sessions(user_id, AT_ONCE)


def _runs_in(tx: Transaction, session_ids: Sequence[str]) -> list[str]:
    return tx.erasures.runs_in(session_ids)


def _forget(tx: Transaction, session_ids: Sequence[str]) -> int:
    """How many went; a run that was queued in the meantime keeps its session for a later look."""
    gone = 0
    for session_id in sorted(session_ids):
        tx.sessions.lock(session_id)
        if not any(run.under_way for run in tx.runs.of_session(session_id)):
            tx.sessions.forget(session_id)
            gone += 1
    return gone


def _has_sessions(tx: Transaction, user_id: str) -> bool:
    return tx.erasures.has_sessions(user_id)


def _detach(tx: Transaction, erasure_id: str) -> None:
    tx.erasures.detach(erasure_id)
