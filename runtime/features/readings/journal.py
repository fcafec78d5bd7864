"""The user's journal, as the save_reading tool writes it: see tools.base.ReadingJournal."""

from runtime.clock import Clock, micros
from storage.sql.database import Database
from storage.sql.readings import SavedReadingRow
from storage.sql.transaction import Transaction


class SqlReadingJournal:
    """Keeps a reading under its call's id, so that a retried worker keeps it once."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def save(
        self, call_id: str, *, user_id: str, session_id: str, title: str, note: str
    ) -> None:
        now = micros(self._clock.now())
        reading = SavedReadingRow(call_id, user_id, session_id, title, note, now)
        await self._database.run(_save, reading)


def _save(tx: Transaction, reading: SavedReadingRow) -> None:
    tx.readings.save(reading)
