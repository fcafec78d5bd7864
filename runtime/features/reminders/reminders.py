"""Reminders, as the set_reminder tool makes them: see tools.ports.Reminders."""

from datetime import datetime

from runtime.clock import Clock, micros
from runtime.runs.notices import Notice, Notices, session_route
from storage.crashpoints import crashpoint, register
from storage.sql.database import Database
from storage.sql.reminders import ReminderRow
from storage.sql.transaction import Transaction

DUE_AT_ONCE = 100
TITLES = {"zh-Hans": "提醒", "zh-Hant": "提醒", "en": "A reminder"}

register("reminder.told", "reminder.committed")


class StoredReminders:
    """Keeps reminders under their call's id, and tells them when their time has come."""

    def __init__(self, *, database: Database, notices: Notices, clock: Clock) -> None:
        self._database = database
        self._notices = notices
        self._clock = clock

    async def set(
        self, call_id: str, *, user_id: str, session_id: str, at: datetime, text: str, locale: str
    ) -> None:
        reminder = ReminderRow(
            id=call_id,
            user_id=user_id,
            session_id=session_id,
            text=text,
            locale=locale,
            due_at=micros(at),
            created_at=micros(self._clock.now()),
        )
        await self._database.run(_set, reminder)

    async def sweep(self) -> None:
        """Turn what is due into notifications, each once: both in one transaction."""
        told = DUE_AT_ONCE
        while told == DUE_AT_ONCE:
            told = await self._database.run(self._tell_due)
            if told:
                crashpoint("reminder.committed")

    def _tell_due(self, tx: Transaction) -> int:
        now = micros(self._clock.now())
        due = tx.reminders.due(now=now, most=DUE_AT_ONCE)
        # By user: two sweeps that tell the same users something must meet them in one order.
        for reminder in sorted(due, key=lambda reminder: reminder.user_id):
            if tx.reminders.tell(reminder.id, now):
                self._notices.tell(tx, reminder.user_id, _notice(tx, reminder))
                crashpoint("reminder.told")
        return len(due)


def _set(tx: Transaction, reminder: ReminderRow) -> None:
    tx.reminders.add(reminder)


def _notice(tx: Transaction, reminder: ReminderRow) -> Notice:
    title = TITLES.get(reminder.locale, TITLES["en"])
    there = tx.sessions.get(reminder.session_id) is not None
    route = session_route(reminder.session_id) if there else None
    return Notice(kind="reminder", title=title, body=reminder.text, route=route)
