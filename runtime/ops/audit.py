"""The proof of the books: SQL finds rows that break a promise, and every finished log is read."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from runtime.clock import DAY, SECOND, Clock, micros
from runtime.settings import Settings
from storage.sql.audit import Finding
from storage.sql.database import Database
from storage.sql.logs import ArchivedLog
from storage.sql.transaction import Transaction

# A run may wait for a worker, or for its lease to run out, before it counts as forgotten.
OVERDUE_SECONDS = 600
LOGS_AT_ONCE = 200
ENDINGS = ("RUN_FINISHED", "RUN_ERROR")


@dataclass(frozen=True, slots=True)
class Report:
    """What the audit found."""

    findings: Sequence[Finding]
    logs: int

    @property
    def clean(self) -> bool:
        return not self.findings

    def to_json(self) -> dict[str, Any]:
        findings = [
            {"rule": found.rule, "subject": found.subject, "detail": found.detail}
            for found in self.findings
        ]
        return {"clean": self.clean, "logsRead": self.logs, "findings": findings}

    def lines(self) -> list[str]:
        broken = [f"BROKEN {f.rule}: {f.subject} ({f.detail})" for f in self.findings]
        summary = "The books are clean" if self.clean else f"{len(broken)} promises are broken"
        return [*broken, f"{summary}; {self.logs} logs were read."]


async def audit_books(
    database: Database,
    clock: Clock,
    settings: Settings,
    read: Callable[[int, int], None] = lambda _done, _all: None,
) -> Report:
    """`read` hears how many logs were read, of how many."""
    now = micros(clock.now())
    kept_since = now - int(settings.log_retention_days * DAY)
    findings = await database.read(_findings, kept_since, now - OVERDUE_SECONDS * SECOND)
    run_ids = await database.read(_archived)
    for first in range(0, len(run_ids), LOGS_AT_ONCE):
        findings += await database.read(_broken_logs, run_ids[first : first + LOGS_AT_ONCE])
        read(min(first + LOGS_AT_ONCE, len(run_ids)), len(run_ids))
    return Report(findings, len(run_ids))


def _findings(tx: Transaction, kept_since: int, overdue: int) -> list[Finding]:
    return tx.audit.findings(kept_since=kept_since, overdue=overdue)


def _archived(tx: Transaction) -> list[str]:
    return tx.audit.archived_run_ids()


def _broken_logs(tx: Transaction, run_ids: list[str]) -> list[Finding]:
    logs = (tx.logs.get(run_id) for run_id in run_ids)
    broken = ((log, flaw(log)) for log in logs if log is not None)
    rule = "a log is whole and has one ending, its last event"
    return [Finding(rule, log.run_id, found) for log, found in broken if found]


def flaw(log: ArchivedLog) -> str | None:
    """What is wrong with a finished log, if anything."""
    blocks = log.frames.split(b"\n\n")[:-1]
    kinds = [json.loads(block.split(b"\ndata: ", 1)[1])["type"] for block in blocks]
    numbers = [block.split(b"\n", 1)[0] for block in blocks]
    if numbers != [f"id: {log.tag}-{n}".encode() for n in range(1, len(blocks) + 1)]:
        return "its numbers have a gap"
    if len(blocks) != log.events:
        return f"{len(blocks)} events where {log.events} were counted"
    if kinds[0] not in ("RUN_STARTED", "RUN_ERROR"):
        return f"it begins with {kinds[0]}"
    if [kind for kind in kinds if kind in ENDINGS] != kinds[-1:]:
        return "it does not end once, at its end"
    return None
