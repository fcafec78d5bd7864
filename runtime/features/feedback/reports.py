"""The daily reports: each day to each reader, once over all servers, and made up for later.

A mail and a database share no transaction. A report is marked as sent after the mail server has
taken it, so a crash between the two sends it again: rather twice than never.
"""

import logging
from collections.abc import Sequence
from datetime import date

import anyio

from runtime.clock import SECOND, Clock, micros
from runtime.features.feedback.days import DAY, LocalDays
from runtime.features.feedback.letters import report_mail
from runtime.features.feedback.report import Report, ReportFailed, ReportWriter
from runtime.mail.base import Mailer, MailNotSent
from runtime.upkeep import forever
from storage.errors import BlobsUnavailable, StorageUnavailable
from storage.sql.database import Database
from storage.sql.feedback_reports import DueReport
from storage.sql.transaction import Transaction

CHECK_SECONDS = 15.0
# Longer than a report takes to be written and sent.
LEASE_SECONDS = 900
# The pause after a failure doubles from one to the other.
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 60, 3_600

log = logging.getLogger(__name__)


class DailyReports:
    """Sends what is due."""

    def __init__(
        self,
        *,
        database: Database,
        writer: ReportWriter,
        mailer: Mailer,
        clock: Clock,
        days: LocalDays,
        readers: Sequence[str],
        most_days: int,
    ) -> None:
        self._database = database
        self.writer = writer
        self._mailer = mailer
        self._clock = clock
        self.days = days
        self.readers = tuple(readers)
        self._most_days = most_days
        self._planned: date | None = None
        self._written: Report | None = None

    async def run(self) -> None:
        if self.readers:
            await forever(self._step, name="feedback reports")

    async def _step(self) -> None:
        try:
            await self.sweep()
        except StorageUnavailable as failure:
            log.warning("no feedback report could be looked for", extra={"reason": str(failure)})
        await anyio.sleep(CHECK_SECONDS)

    async def sweep(self) -> None:
        """Send every report that is due and that no other server is at."""
        newest = self.days.newest_due(self._clock.now())
        oldest = newest - DAY * (self._most_days - 1)
        if newest != self._planned:
            await self._database.run(_plan, self.readers, oldest, newest)
            self._planned = newest
        for due in await self._database.read(_open, oldest, self._now()):
            if due.address in self.readers:
                await self._deliver(due)
        self._written = None

    async def send(self, report: Report) -> None:
        """Send it to all readers now, whoever had it before."""
        for reader in self.readers:
            await self._mailer.send(report_mail(reader, report))

    async def _deliver(self, due: DueReport) -> None:
        now = self._now()
        held = await self._database.run(_claim, due, now, now + LEASE_SECONDS * SECOND)
        if held is None:
            return
        try:
            await self._mail(held)
        except (MailNotSent, ReportFailed, BlobsUnavailable, StorageUnavailable) as failure:
            await self._postpone(held, failure)
            return
        await self._database.run(_sent, held, self._now())

    async def _mail(self, held: DueReport) -> None:
        day = date.fromisoformat(held.day)
        start, end = self.days.bounds(day)
        if start == end:
            return  # the zone has left that day out
        if self._written is None or self._written.day != day:
            self._written = await self.writer.write(day)
        await self._mailer.send(report_mail(held.address, self._written))

    async def _postpone(self, held: DueReport, failure: Exception) -> None:
        pause = min(FIRST_PAUSE_SECONDS * 2 ** min(held.attempt - 1, 10), LONGEST_PAUSE_SECONDS)
        reason = f"{type(failure).__name__}: {failure}"
        log.warning("a feedback report waits", extra={"reason": reason, "seconds": pause})
        await self._database.run(_postpone, held, self._now() + pause * SECOND)

    def _now(self) -> int:
        return micros(self._clock.now())


def _plan(tx: Transaction, readers: Sequence[str], oldest: date, newest: date) -> None:
    """Owe each reader the days since their last one; a new reader begins with the newest."""
    for reader in readers:
        last = tx.feedback_reports.last_day(reader)
        first = max(oldest, date.fromisoformat(last) + DAY) if last else newest
        days = [first + DAY * number for number in range((newest - first).days + 1)]
        tx.feedback_reports.plan([day.isoformat() for day in days], reader)


def _open(tx: Transaction, oldest: date, now: int) -> list[DueReport]:
    return tx.feedback_reports.open(oldest=oldest.isoformat(), now=now)


def _claim(tx: Transaction, due: DueReport, now: int, until: int) -> DueReport | None:
    return tx.feedback_reports.claim(due, now=now, until=until)


def _sent(tx: Transaction, held: DueReport, now: int) -> bool:
    return tx.feedback_reports.sent(held, now=now)


def _postpone(tx: Transaction, held: DueReport, until: int) -> None:
    tx.feedback_reports.postpone(held, until=until)
