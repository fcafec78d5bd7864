"""A run's replayable log of ready frames: what every backend promises."""

from collections.abc import Callable, Sequence
from typing import Protocol

# Takes frames at once, without waiting; False where it cannot, and has not taken them.
HandOn = Callable[[bytes], bool]

# A reader gets at most so many frames at once, so that a slow one cannot hold much.
FRAMES_AT_ONCE = 512
# A writer that is so far ahead of the disk should wait for it.
CROWDED_BYTES = 256 * 1024


class LogWriter(Protocol):
    """The one producer of a run's log.

    Frames are numbered 1, 2, 3 … in the order of `append`; nobody sees one before it is durable.
    """

    @property
    def last(self) -> int:
        """The number of the newest frame, seen or not; 0 for an empty log."""

    @property
    def crowded(self) -> bool:
        """True while too much waits for the disk: the writer should `await durable()`."""

    def append(self, frame: bytes) -> None:
        """Queue the next frame; raises `LogFenced`, `LogClosed` or what kept the store from it."""

    async def durable(self) -> None:
        """Return once all that was appended can be seen."""

    def whole(self) -> bytes:
        """The log so far, frames not yet durable included: what an archive keeps."""

    async def finish(self, frame: bytes) -> None:
        """Show the final frame, which the archive holds already, and let every reader end."""

    def leave(self) -> None:
        """Give the log up unfinished; who opens it next goes on after the last durable frame."""


class Tail(Protocol):
    """One reader's place in a log."""

    @property
    def position(self) -> int:
        """The number of the last frame that `next` gave out or handed on."""

    async def next(self, hand_on: HandOn | None = None) -> bytes | None:
        """All new frames joined as soon as there are any, b"" when poked, None after the last.

        With `hand_on`, what comes while this waits goes there for as long as it is taken.
        """

    def poke(self) -> None:
        """Make a waiting `next` return at once."""

    def close(self) -> None:
        """Let go of the log."""


class EventLog(Protocol):
    """Every backend's promise; tests/storage/test_event_logs.py holds each one to all of it.

    - A run's frames are numbered without gaps, and read in that order, each once, by every tail.
    - A tail sees only durable frames; what it saw, a writer that opens the log later has too.
    - A later `open` fences the earlier writer: its next word raises `LogFenced`.
    - `finish` ends every tail by itself; a later `append` raises `LogClosed`.
    - A reader that does not read costs its own backlog's place in the log and nothing else.
    """

    async def open(self, run_id: str, *, attempt: int) -> LogWriter:
        """Become the run's writer, after what earlier attempts have made durable."""

    def follow(self, run_id: str, *, after: int = 0) -> Tail:
        """Read the log from a place on; a log that has not begun is waited for."""

    async def last(self, run_id: str) -> int:
        """How many frames anyone can have seen."""

    async def forget(self, run_ids: Sequence[str]) -> None:
        """Drop what is kept outside of the database of these runs, which nobody drives any more."""

    async def run(self) -> None:
        """Carry frames to the store until cancelled; what waits then is still carried."""
