"""Leases among the tasks of one process."""

from collections.abc import Callable
from time import monotonic


class MemoryLeases:
    """See Leases."""

    def __init__(self, *, time: Callable[[], float] = monotonic) -> None:
        self._time = time
        self._held: dict[str, dict[str, float]] = {}

    async def take(self, key: str, lease_id: str, *, limit: int, seconds: float) -> bool:
        now = self._time()
        alive = {lease: end for lease, end in self._held.get(key, {}).items() if end > now}
        granted = lease_id in alive or len(alive) < limit
        if granted:
            alive[lease_id] = now + seconds
        self._keep(key, alive)
        return granted

    async def renew(self, held: list[tuple[str, str]], *, seconds: float) -> None:
        end = self._time() + seconds
        for key, lease_id in held:
            if lease_id in self._held.get(key, {}):
                self._held[key][lease_id] = end

    async def release(self, key: str, lease_id: str) -> None:
        alive = self._held.get(key, {})
        alive.pop(lease_id, None)
        self._keep(key, alive)

    def _keep(self, key: str, alive: dict[str, float]) -> None:
        if alive:
            self._held[key] = alive
        else:
            self._held.pop(key, None)
