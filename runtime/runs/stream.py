"""Reads a run's log back for one viewer: from any place, live or finished, wherever it ran."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

import anyio

from runtime.errors import Code, Problem
from runtime.runs.attendance import seen
from runtime.runs.compact import compacted
from runtime.runs.finding import Found, ended, find
from runtime.runs.frames import offset_after, parse_event_id
from runtime.runs.parts import Show
from runtime.runs.snapshot import snapshot_of
from runtime.upkeep import forever
from storage.errors import StorageUnavailable
from storage.events.base import EventLog, HandOn, Tail
from storage.sql.database import Database
from storage.sql.logs import ArchivedLog
from storage.sql.runs import RunRow
from tools.base import Tool

CHUNK_BYTES = 64 * 1024
# A viewer of a log that stays quiet for so long looks whether the run has ended without telling.
DOUBT_SECONDS = 2.0


class Viewer:
    """One viewer's source of frames: the live log while it lasts, the archive after it."""

    __slots__ = (
        "_archive",
        "_ended",
        "_rest",
        "_streams",
        "_tail",
        "backlog",
        "compact",
        "run_id",
        "tag",
        "waits",
    )

    def __init__(
        self, streams: "Streams", run_id: str, tag: str, tail: Tail, *, compact: bool
    ) -> None:
        self._streams = streams
        self.run_id = run_id
        self.tag = tag
        self._tail: Tail | None = tail
        self._rest = b""
        self.compact = compact
        self._ended = False
        # How far the log had come when a compact viewer joined it.
        self.backlog = 0
        self.waits = False
        self._archive: ArchivedLog | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._frames()

    async def next(self, hand_on: HandOn | None = None) -> bytes | None:
        if self._rest:
            return self._next_piece()
        if self._ended or self._tail is None:
            return None
        self.waits = True
        chunk = await self._tail.next(None if self._tail.position < self.backlog else hand_on)
        self.waits = False
        if self._archive is not None and not chunk:
            return self._turn_to_archive(self._archive)
        if chunk and self._tail.position <= self.backlog:
            return await self._compacted_backlog(chunk, self._tail)
        return chunk

    def poke(self) -> None:
        if self._tail is not None:
            self._tail.poke()

    def close(self) -> None:
        self._streams.forget(self)
        if self._tail is not None:
            self._tail.close()
            self._tail = None

    def read_archive(self, archive: ArchivedLog, after: int) -> None:
        """Give out a finished log from here on."""
        self._ended = True
        self._rest = archive.frames[offset_after(archive.frames, archive.tag, after) :]
        if self.compact:
            self._rest = compacted(self._rest)

    def give_out(self, frames: bytes) -> None:
        """Give out just these frames."""
        self._ended = True
        self._rest = frames

    def archived(self, archive: ArchivedLog) -> None:
        """The run has ended without this viewer hearing of it: go on from the archive."""
        self._archive = archive
        self.poke()

    def vanished(self) -> None:
        """The run was deleted with all that was its user's: there is nothing more to tell."""
        self._ended = True
        self.poke()

    @property
    def position(self) -> int:
        return self._tail.position if self._tail else 0

    async def _compacted_backlog(self, chunk: bytes, tail: Tail) -> bytes:
        """All that there was when the viewer came, joined; what follows is live."""
        chunks = [chunk]
        while tail.position < self.backlog:
            more = await tail.next()
            if not more:
                if more is not None:
                    tail.poke()  # meant for whoever sends: a ping is due, or nobody is there
                break
            chunks.append(more)
        self.backlog = 0
        return compacted(b"".join(chunks))

    def _turn_to_archive(self, archive: ArchivedLog) -> bytes | None:
        if self.position and self.tag and self.tag != archive.tag:
            # The log was lost and begun anew: this stream ends here, and its cursor is refused.
            self._ended = True
            return None
        self.read_archive(archive, self.position)
        return self._next_piece() if self._rest else None

    def _next_piece(self) -> bytes:
        """At most CHUNK_BYTES, ending where a frame ends."""
        if len(self._rest) <= CHUNK_BYTES:
            piece, self._rest = self._rest, b""
            return piece
        end = self._rest.rfind(b"\n\n", 0, CHUNK_BYTES)
        end = end + 2 if end >= 0 else self._rest.index(b"\n\n") + 2
        piece, self._rest = self._rest[:end], self._rest[end:]
        return piece

    async def _frames(self) -> AsyncIterator[bytes]:
        while (chunk := await self.next()) is not None:
            yield chunk


class Streams:
    """Finds logs for viewers, and keeps an eye on the live ones."""

    def __init__(
        self, *, database: Database, events: EventLog, tools: Mapping[str, Tool], show: Show
    ) -> None:
        self._database = database
        self._show = show
        self._tools = tools
        self._events = events
        self._live: set[Viewer] = set()
        self._followed: Counter[str] = Counter()
        # Viewers that waited at the last look, and where.
        self._doubted: dict[Viewer, int] = {}

    def follow_new(self, run_id: str) -> Viewer:
        """A viewer for a run that is about to be admitted: it hears everything from the first."""
        return self._viewer(run_id, "", 0, compact=False)

    async def follow(
        self, user_id: str, session_id: str, run_id: str, cursor: str | None, *, compact: bool
    ) -> Viewer | None:
        """A viewer right after the cursor; None where the cursor is the end of a finished log."""
        place = _place_of(cursor)
        tag, after = place or ("", 0)
        # First listen, then look: nothing that happens in between can be missed.
        viewer = self._viewer(run_id, tag, after, compact=compact)
        try:
            found = await self._database.read(find, user_id, session_id, run_id)
            if found.unseen:
                await self._database.run(seen, session_id)
            return await self._place(viewer, found, place)
        except BaseException:
            viewer.close()
            raise

    async def _place(
        self, viewer: Viewer, found: Found, place: tuple[str, int] | None
    ) -> Viewer | None:
        tag, after = place or (found.run.log_tag, 0)
        if tag != found.run.log_tag:
            raise _bad_cursor("This event id belongs to another log.")
        viewer.tag = tag
        if found.run.ended_at is None:
            last = await self._events.last(found.run.id)
            if after > last:
                return await self._place_ended(viewer, found.run, (tag, after))
            viewer.backlog = last if viewer.compact else 0
            return viewer
        if found.archive is None:
            return await self._without_log(viewer, found.run, place)
        if after > found.archive.events:
            raise _bad_cursor("This event id lies beyond the log's end.")
        if after == found.archive.events:
            viewer.close()
            return None
        viewer.read_archive(found.archive, after)
        return viewer

    async def _place_ended(
        self, viewer: Viewer, run: RunRow, place: tuple[str, int]
    ) -> Viewer | None:
        """The live log is shorter than the cursor: perhaps the run has just ended."""
        archives, _ = await self._database.read(ended, {run.id})
        archive = archives.get(run.id)
        if archive is None:
            raise _bad_cursor("This event id lies beyond the log's end.")
        return await self._place(viewer, Found(replace(run, ended_at=0), archive), place)

    async def _without_log(
        self, viewer: Viewer, run: RunRow, place: tuple[str, int] | None
    ) -> Viewer:
        """The log was dropped: what is left of the run as a snapshot, for who has no cursor."""
        if place is not None:
            raise Problem(Code.AGENT_LOG_GONE, "The events of this run are no longer kept.")
        viewer.give_out(await self._database.read(snapshot_of, run, self._tools, self._show))
        return viewer

    def _viewer(self, run_id: str, tag: str, after: int, *, compact: bool) -> Viewer:
        tail = self._events.follow(run_id, after=after)
        viewer = Viewer(self, run_id, tag, tail, compact=compact)
        self._live.add(viewer)
        self._followed[run_id] += 1
        return viewer

    def is_followed(self, run_id: str) -> bool:
        """Whether anyone reads this run's events from this process."""
        return self._followed[run_id] > 0

    def forget(self, viewer: Viewer) -> None:
        if viewer in self._live:
            self._live.remove(viewer)
            self._followed[viewer.run_id] -= 1
            if not self._followed[viewer.run_id]:
                del self._followed[viewer.run_id]

    async def run(self) -> None:
        """Find runs that ended without their viewers hearing of it, until cancelled."""
        await forever(self._doubt, name="streams")

    async def _doubt(self) -> None:
        await anyio.sleep(DOUBT_SECONDS)
        waiting = {viewer: viewer.position for viewer in self._live if viewer.waits}
        await self._resolve([one for one, at in waiting.items() if self._doubted.get(one) == at])
        self._doubted = waiting

    async def _resolve(self, viewers: list[Viewer]) -> None:
        if not viewers:
            return
        try:
            run_ids = {viewer.run_id for viewer in viewers}
            archives, known = await self._database.read(ended, run_ids)
        except StorageUnavailable:
            return  # the next look will tell
        for viewer in viewers:
            if archive := archives.get(viewer.run_id):
                viewer.archived(archive)
            elif viewer.tag and viewer.run_id not in known:
                viewer.vanished()


def _place_of(cursor: str | None) -> tuple[str, int] | None:
    if not cursor:
        return None
    place = parse_event_id(cursor)
    if place is None:
        raise _bad_cursor("The event id is malformed.")
    return place


def _bad_cursor(detail: str) -> Problem:
    return Problem(Code.AGENT_INVALID_LAST_EVENT_ID, detail)
