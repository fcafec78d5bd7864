"""What the runtime offers to tools that act: each port is one effect, and no more.

Whose it is comes from the runtime with every call. The call's id is the key of its effect: saying
so twice has it happen once, so that a retried worker may repeat a call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class ReadingJournal(Protocol):
    """Where a user keeps readings."""

    async def save(
        self, call_id: str, *, user_id: str, session_id: str, title: str, note: str
    ) -> None:
        """Keep it; saying so twice with one call id keeps it once."""


@dataclass(frozen=True, slots=True)
class PastReading:
    """A reading of the user's own past, as far as it is told again."""

    day: datetime
    title: str
    excerpt: str


class PastReadings(Protocol):
    """What a user asked and was told before."""

    async def recall(
        self, *, user_id: str, session_id: str, query: str, limit: int
    ) -> Sequence[PastReading]:
        """The newest that have the query's words in them; the session itself is not among them."""


class Reminders(Protocol):
    """What users want to hear of later."""

    async def set(
        self, call_id: str, *, user_id: str, session_id: str, at: datetime, text: str, locale: str
    ) -> None:
        """Remind the user at that time, once."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A public page, and when it ends."""

    url: str
    expires_at: datetime


class Shares(Protocol):
    """What users have made readable by others."""

    async def share(
        self, call_id: str, *, user_id: str, session_id: str, days: int, include_question: bool
    ) -> Shared:
        """Open a page of the session's reading as it stands; raises ToolFailed without one."""


class ProfileFacts(Protocol):
    """What users tell of themselves."""

    async def tell(
        self, call_id: str, *, user_id: str, birth_year: int | None, gender: str | None
    ) -> None:
        """Change what is given, and nothing else."""


class Drawings(Protocol):
    """Files in the user's own folder."""

    async def keep(self, call_id: str, *, user_id: str, session_id: str, svg: str) -> str:
        """Store a drawing, return its address; raises ToolFailed where there is no room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """All that a runtime offers; what it leaves out, no tool can do."""

    journal: ReadingJournal | None = None
    history: PastReadings | None = None
    reminders: Reminders | None = None
    shares: Shares | None = None
    profile: ProfileFacts | None = None
    drawings: Drawings | None = None
