"""Who wrote which word when: between the performances of a server and its event log."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, cast

from storage.events.base import EventLog, LogWriter
from tests.support.seeded import SeededLoop


class Word(NamedTuple):
    run_id: str
    attempt: int
    at: float


class Diary:
    """Each word that a log took: of which run, from which attempt at it, when."""

    def __init__(self, loop: SeededLoop, events: EventLog) -> None:
        self.words: list[Word] = []
        self._loop = loop
        self._open = events.open
        events.open = self.open  # type: ignore[method-assign]

    async def open(self, run_id: str, *, attempt: int) -> LogWriter:
        writer = await self._open(run_id, attempt=attempt)
        return cast(LogWriter, Noted(writer, partial(self._note, run_id, attempt)))

    def _note(self, run_id: str, attempt: int) -> None:
        self.words.append(Word(run_id, attempt, self._loop.time()))


class Noted:
    """A writer whose words are noted once they are taken."""

    def __init__(self, writer: LogWriter, note: Callable[[], None]) -> None:
        self._writer = writer
        self._note = note

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)

    def append(self, frame: bytes) -> None:
        self._writer.append(frame)
        self._note()

    async def finish(self, frame: bytes) -> None:
        await self._writer.finish(frame)
        self._note()
