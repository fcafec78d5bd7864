"""One reader's place in a log of this process."""

import asyncio
import logging
from collections.abc import Callable

from storage.events.base import HandOn
from storage.events.live_log import LiveLog, release

_log = logging.getLogger(__name__)


class LiveTail:
    """See Tail."""

    __slots__ = ("_hand_on", "_on_close", "_poked", "_waiter", "log", "position")

    def __init__(self, log: LiveLog, after: int, *, on_close: Callable[[LiveLog], None]) -> None:
        self.log = log
        self._on_close = on_close
        self._waiter: asyncio.Future[None] | None = None
        self._hand_on: HandOn | None = None
        self._poked = False
        self.position = after
        log.tails[self] = None

    async def next(self, hand_on: HandOn | None = None) -> bytes | None:
        log = self.log
        self._hand_on = hand_on
        while self.position >= log.visible:
            if log.ended:
                return None
            if self._poked:
                self._poked = False
                return b""
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        chunk, self.position = log.chunk_after(self.position)
        return chunk

    def poke(self) -> None:
        self._poked = True
        if self._waiter is not None:
            release(self._waiter)

    def changed(self) -> None:
        """The log has more, or has ended, or failed: wake who waits, if it takes that."""
        waiter = self._waiter
        if waiter is not None and not waiter.done() and not self._hands_on():
            waiter.set_result(None)

    def _hands_on(self) -> bool:
        """Hand on all that is new, in its commit's turn; False where who waits must wake."""
        log = self.log
        if self._hand_on is None or log.ended:
            return False
        try:
            while self.position < log.visible:
                chunk, after = log.chunk_after(self.position)
                if not self._hand_on(chunk):
                    return False
                self.position = after
        except Exception:  # noqa: BLE001 - one reader's trouble must not reach the other runs
            _log.exception("a reader could not be handed its frames")
            return False
        return True

    def close(self) -> None:
        self.log.tails.pop(self, None)
        self._on_close(self.log)
