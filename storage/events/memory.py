"""An event log that lives as long as its process."""

from collections.abc import Sequence

from storage.events.live import Batch, Failures, LiveLogs, LiveWriter
from storage.events.live_log import LiveLog
from storage.events.live_tail import LiveTail


class MemoryEventLog:
    """See EventLog: durable means in memory here."""

    def __init__(self, *, window: float = 0.0) -> None:
        self._live = LiveLogs(
            commit=_keep_nothing, ended=_nothing_to_drop, window=window, only_copy=True
        )

    async def open(self, run_id: str, *, attempt: int) -> LiveWriter:
        return await self._live.write(self._live.enter(run_id), attempt)

    def follow(self, run_id: str, *, after: int = 0) -> LiveTail:
        return self._live.follow(run_id, after)

    async def last(self, run_id: str) -> int:
        log = self._live.get(run_id)
        return log.visible if log else 0

    async def forget(self, run_ids: Sequence[str]) -> None:
        return  # a log goes with its process

    async def run(self) -> None:
        await self._live.run()


async def _keep_nothing(_batch: Batch) -> Failures:
    return {}


async def _nothing_to_drop(_log: LiveLog, _stored: int) -> None:
    return
