"""How a run ends: status, refund, what the session keeps and the whole log, in one transaction."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import anyio

from runtime.runs.charging import Wallet
from runtime.runs.frames import to_json
from runtime.runs.notices import Notices, notice_of_expiry
from storage.crashpoints import crashpoint, register
from storage.errors import LogFenced, StorageUnavailable
from storage.sql.database import Database
from storage.sql.logs import ArchivedLog
from storage.sql.messages import MessageRow
from storage.sql.runs import Ending, RunRow, RunStatus
from storage.sql.tool_calls import ToolCallRow
from storage.sql.transaction import Transaction
from storage.sql.unseen import UnseenRow

register("settle.status", "settle.refunded", "settle.archived", "settle.committed")

NEVER_ENDED = "The run ended before this was done."
SETTLE_TRIES = 3
SETTLE_PAUSE_SECONDS = 1.0


class Count(Protocol):
    """Who counts endings."""

    def __call__(self, ending: str, *, events: int, given_back: bool) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """All that one ending writes."""

    run: RunRow
    ending: Ending
    log: ArchivedLog
    now: int
    derived: dict[str, Any] | None = None
    messages: Sequence[dict[str, Any]] = ()
    waiting: Sequence[ToolCallRow] = field(default_factory=list)
    unseen: UnseenRow | None = None

    @property
    def gives_back(self) -> bool:
        """A run that ends in an error, or is called off before its first word, costs nothing."""
        if self.ending.status is RunStatus.FAILED:
            return True
        return self.ending.status is RunStatus.CANCELLED and not self.ending.showed_text


async def settle_patiently(
    database: Database, wallet: Wallet, notices: Notices, settlement: Settlement
) -> None:
    """A store that stumbles gets a few tries; the answer is worth more than the wait."""
    for attempt in range(1, SETTLE_TRIES + 1):
        try:
            await database.run(settle, wallet, notices, settlement)
        except StorageUnavailable:
            if attempt == SETTLE_TRIES:
                raise
            await anyio.sleep(SETTLE_PAUSE_SECONDS)
        except LogFenced:
            # An earlier try may have been kept although the store said otherwise.
            if attempt == 1 or not await database.read(has_ended, settlement.run):
                raise
            return
        else:
            return


def settle(tx: Transaction, wallet: Wallet, notices: Notices, settlement: Settlement) -> None:
    """End the run, or raise LogFenced where it is another worker's by now: then nothing is kept."""
    run, ending = settlement.run, settlement.ending
    if not tx.runs.settle(run.id, run.attempt, ending, now=settlement.now):
        raise LogFenced(run.id)
    crashpoint("settle.status")
    if settlement.derived is not None:
        tx.sessions.derive(run.session_id, to_json(settlement.derived))
    tx.messages.add(*_rows(settlement))
    for call in settlement.waiting:
        tx.tool_calls.add(call)
    if ending.status is RunStatus.FAILED:
        for run_id in filter(None, (run.id, run.parent_run_id)):
            tx.tool_calls.abandon(run_id, why=NEVER_ENDED, now=settlement.now)
    if settlement.gives_back:
        root = tx.runs.get(run.root_run_id)
        if root is not None:
            wallet.give_back(tx, root)
    crashpoint("settle.refunded")
    if notice := notice_of_expiry(tx, run, ending.status):
        notices.tell(tx, run.user_id, notice)
    elif settlement.unseen:
        tx.unseen.add(settlement.unseen)
    tx.logs.archive(settlement.log, now=settlement.now)
    crashpoint("settle.archived")


def has_ended(tx: Transaction, run: RunRow) -> bool:
    """Whether this very attempt has been settled."""
    row = tx.runs.get(run.id)
    return row is not None and row.attempt == run.attempt and row.ended_at is not None


def rename_log(tx: Transaction, run: RunRow, tag: str) -> None:
    if not tx.runs.rename_log(run.id, run.attempt, tag):
        raise LogFenced(run.id)


def release(tx: Transaction, run: RunRow) -> None:
    """Leave the run to its next attempt."""
    tx.runs.release(run.id, run.attempt)


def _rows(settlement: Settlement) -> list[MessageRow]:
    return [
        MessageRow(
            session_id=settlement.run.session_id,
            id=message["id"],
            run_id=settlement.run.id,
            role=message["role"],
            body=json.dumps(message, ensure_ascii=False),
            created_at=settlement.now,
        )
        for message in settlement.messages
    ]
