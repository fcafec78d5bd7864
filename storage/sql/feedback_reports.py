"""Who was sent the report of which day: each pair once, over all servers."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, func, select, update

from storage.sql.dialect import insert_new
from storage.sql.schema import feedback_reports
from storage.sql.statements import execute


@dataclass(frozen=True, slots=True)
class DueReport:
    """A day's report for one reader; `attempt` is the number of the try that holds it."""

    day: str
    address: str
    attempt: int


_UNSENT = feedback_reports.c.sent_at.is_(None)
_FREE = and_(_UNSENT, feedback_reports.c.lease_until <= bindparam("now"))
_THIS = and_(
    feedback_reports.c.day == bindparam("this_day"),
    feedback_reports.c.address == bindparam("this_address"),
)
_LAST = select(func.max(feedback_reports.c.day)).where(
    feedback_reports.c.address == bindparam("reader")
)
_OPEN = (
    select(feedback_reports.c.day, feedback_reports.c.address, feedback_reports.c.attempt)
    .where(feedback_reports.c.day >= bindparam("oldest"), _FREE)
    .order_by(feedback_reports.c.day, feedback_reports.c.address)
)
# The row count is the answer: of all servers that see it free, one gets it.
_CLAIM = (
    update(feedback_reports)
    .where(_THIS, _FREE, feedback_reports.c.attempt == bindparam("seen"))
    .values(attempt=feedback_reports.c.attempt + 1, lease_until=bindparam("until"))
)
_HELD = and_(_THIS, _UNSENT, feedback_reports.c.attempt == bindparam("mine"))
_SENT = update(feedback_reports).where(_HELD).values(sent_at=bindparam("at"))
_POSTPONE = update(feedback_reports).where(_HELD).values(lease_until=bindparam("until"))


class FeedbackReports:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def last_day(self, address: str) -> str | None:
        """The newest day that this reader is owed, or had, a report of."""
        day = execute(self._connection, _LAST, {"reader": address}).scalar()
        return None if day is None else str(day)

    def plan(self, days: Iterable[str], address: str) -> None:
        """Owe the reader these days' reports; the same again changes nothing."""
        statement = insert_new(self._connection, feedback_reports, "day", "address")
        for day in days:
            values = {"day": day, "address": address, "attempt": 0, "lease_until": 0}
            execute(self._connection, statement, {**values, "sent_at": None})

    def open(self, *, oldest: str, now: int) -> list[DueReport]:
        """What is owed and nobody is at, the oldest first."""
        rows = execute(self._connection, _OPEN, {"oldest": oldest, "now": now})
        return [DueReport(*row) for row in rows]

    def claim(self, due: DueReport, *, now: int, until: int) -> DueReport | None:
        """The report as its sender holds it; None where another one was faster."""
        parameters = {**_place(due), "seen": due.attempt, "now": now, "until": until}
        if execute(self._connection, _CLAIM, parameters).rowcount != 1:
            return None
        return DueReport(due.day, due.address, due.attempt + 1)

    def sent(self, held: DueReport, *, now: int) -> bool:
        """False where it is somebody else's by now."""
        parameters = {**_place(held), "mine": held.attempt, "at": now}
        return execute(self._connection, _SENT, parameters).rowcount == 1

    def postpone(self, held: DueReport, *, until: int) -> None:
        parameters = {**_place(held), "mine": held.attempt, "until": until}
        execute(self._connection, _POSTPONE, parameters)


def _place(due: DueReport) -> dict[str, object]:
    return {"this_day": due.day, "this_address": due.address}
