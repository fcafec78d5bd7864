"""Event logs at rest: finished ones packed in a row, and the frames of those under way."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, insert, select

from storage.sql.schema import archived_logs, live_frames


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
    .order_by(live_frames.c.first)
)
_DROP_LIVE = delete(live_frames).where(live_frames.c.run_id == bindparam("run_id"))
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
        self._connection.execute(_ADD, values)

    def get(self, run_id: str) -> ArchivedLog | None:
        row = self._connection.execute(_GET, {"run_id": run_id}).first()
        if row is None:
            return None
        return ArchivedLog(row.run_id, row.tag, row.events, zlib.decompress(row.frames))

    def drop_before(self, time: int) -> int:
        return self._connection.execute(_DROP, {"before": time}).rowcount

    def add_live(self, batch: Sequence[tuple[str, int, bytes]]) -> None:
        """Keep what runs wrote: (run, first frame's number, frames). A taken number fails."""
        rows = [{"run_id": run, "first": first, "frames": frames} for run, first, frames in batch]
        self._connection.execute(_ADD_LIVE, rows)

    def live(self, run_id: str) -> bytes:
        return b"".join(self._connection.execute(_LIVE, {"run_id": run_id}).scalars())

    def drop_live(self, run_ids: Sequence[str]) -> None:
        self._connection.execute(_DROP_LIVE, [{"run_id": run_id} for run_id in run_ids])

    def drop_finished(self) -> None:
        """After a crash between an archive and its clean-up."""
        self._connection.execute(_DROP_FINISHED)
