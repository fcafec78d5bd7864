"""What a user asked and was told before: see tools.ports.PastReadings."""

from runtime.clock import from_micros
from runtime.runs.transcript import session_messages
from storage.sql.database import Database
from storage.sql.readings import SavedReadingRow
from storage.sql.sessions import SessionRow
from storage.sql.transaction import Transaction
from tools.ports import PastReading

# As many sessions are looked into for one recollection.
MOST_SESSIONS = 20
BEFORE, AFTER = 100, 300


class SqlPastReadings:
    """Searches the user's own journal and history."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recall(
        self, *, user_id: str, session_id: str, query: str, limit: int
    ) -> list[PastReading]:
        return await self._database.read(_recall, user_id, session_id, query, limit)


def _recall(
    tx: Transaction, user_id: str, session_id: str, query: str, limit: int
) -> list[PastReading]:
    saved = [_saved(row) for row in tx.readings.like(user_id, query, limit)]
    sessions = tx.sessions.like(user_id, query, but=session_id, limit=MOST_SESSIONS)
    told = [found for row in sessions if (found := _told(tx, row, query))]
    newest = sorted([*saved, *told], key=lambda reading: reading.day, reverse=True)
    return newest[:limit]


def _saved(row: SavedReadingRow) -> PastReading:
    return PastReading(from_micros(row.created_at), row.title, row.note)


def _told(tx: Transaction, session: SessionRow, query: str) -> PastReading | None:
    """The session as it is told again; none where it says nothing of what is looked for."""
    messages = session_messages(tx, session.id)
    answers = [m["content"] for m in messages if m["role"] == "assistant" and m.get("content")]
    text = "\n".join(answers)
    place = text.lower().find(query.lower())
    if not text or (place < 0 and query.lower() not in session.title.lower()):
        return None
    first = max(0, place - BEFORE)
    excerpt = text[first : first + BEFORE + AFTER]
    return PastReading(from_micros(session.created_at), session.title, excerpt)
