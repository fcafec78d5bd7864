"""Event logs at rest: finished ones packed in a row, and the frames of those under way."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from storage.sql.schema import archived_logs, live_frames
from storage.sql.statements import execute


@dataclass(frozen=True, slots=True)
class ArchivedLog:
    """Every frame of a finished run, in the bytes that clients saw."""

    run_id: str
    tag: str
    events: int
    frames: bytes


_ADD = insert(archived_logs)
_GET = select(
    archived_logs.c.run_id, archived_logs.c.tag, archived_logs.c.events, archived_logs.c.frames
).where(archived_logs.c.run_id == bindparam("run_id"))
_DROP = delete(archived_logs).where(archived_logs.c.created_at < bindparam("before"))
_ADD_LIVE = insert(live_frames)
_LIVE = (
    select(live_frames.c.frames)
    .where(live_frames.c.run_id == bindparam("run_id"))
    .order_by(live_frames.c.number)
)
_OLDEST = func.min(live_frames.c.number).label("oldest")
_SPANS = (
    select(live_frames.c.run_id, _OLDEST)
    .where(live_frames.c.run_id.not_in(select(archived_logs.c.run_id)))
    .group_by(live_frames.c.run_id)
    .order_by(_OLDEST)
)
_NEWEST = select(func.max(live_frames.c.number))
_DROP_LIVE = delete(live_frames).where(live_frames.c.number < bindparam("number"))
_DROP_FINISHED = delete(live_frames).where(live_frames.c.run_id.in_(select(archived_logs.c.run_id)))


class Logs:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def archive(self, log: ArchivedLog, *, now: int) -> None:
        packed = zlib.compress(log.frames, 1)
        values = {
            "run_id": log.run_id,
            "tag": log.tag,
            "events": log.events,
            "frames": packed,
            "created_at": now,
        }
        execute(self._connection, _ADD, values)

    def get(self, run_id: str) -> ArchivedLog | None:
        row = execute(self._connection, _GET, {"run_id": run_id}).first()
        if row is None:
            return None
        run, tag, events, frames = row
        return ArchivedLog(run, tag, events, zlib.decompress(frames))

    def drop_before(self, time: int) -> int:
        return execute(self._connection, _DROP, {"before": time}).rowcount

    def add_live(self, batch: Sequence[tuple[str, int, bytes]], *, number: int) -> None:
        """Keep what runs wrote: (run, its first frame's number, frames), in rows from `number` on.

        A row's number that is taken fails: another process writes here.
        """
        rows = [
            {"number": row, "run_id": run_id, "first": first, "frames": frames}
            for row, (run_id, first, frames) in enumerate(batch, number)
        ]
        execute(self._connection, _ADD_LIVE, rows)

    def live(self, run_id: str) -> bytes:
        return b"".join(execute(self._connection, _LIVE, {"run_id": run_id}).scalars())

    def live_span(self) -> tuple[dict[str, int], int]:
        """Each unfinished run's first row, the oldest first; the number of the last row of all."""
        spans = execute(self._connection, _SPANS).all()
        newest = execute(self._connection, _NEWEST).scalar() or 0
        return dict(spans), newest

    def drop_live_before(self, number: int) -> None:
        execute(self._connection, _DROP_LIVE, {"number": number})

    def drop_finished(self) -> None:
        """After a crash between an archive and its clean-up."""
        execute(self._connection, _DROP_FINISHED)
