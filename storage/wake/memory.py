"""Wake-ups among the tasks of one process."""

import anyio


class MemoryWake:
    """See Wake."""

    def __init__(self) -> None:
        self._bells: dict[str, anyio.Event] = {}

    async def ring(self, topic: str) -> None:
        self._bell(topic).set()

    async def wait(self, topic: str, *, seconds: float) -> bool:
        bell = self._bell(topic)
        with anyio.move_on_after(seconds):
            await bell.wait()
        if not bell.is_set():
            return False
        if self._bells.get(topic) is bell:
            del self._bells[topic]
        return True

    def _bell(self, topic: str) -> anyio.Event:
        return self._bells.setdefault(topic, anyio.Event())
