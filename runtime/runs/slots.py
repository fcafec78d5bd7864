"""A user's stream slots: leases, so that neither a crash nor a lost phone locks anyone out."""

import anyio

from runtime.errors import Code, Problem
from runtime.ids import Ids
from runtime.upkeep import forever
from storage.leases.base import Leases

LEASE_SECONDS = 15.0
RENEW_SECONDS = 5.0


class Slot:
    """One held place; whoever ends the response gives it back."""

    def __init__(self, slots: "StreamSlots", user_id: str, lease_id: str) -> None:
        self._slots = slots
        self.key = (user_id, lease_id)

    async def release(self) -> None:
        await self._slots.release(self)


class StreamSlots:
    """At most so many streams a user at once, over all servers."""

    def __init__(self, leases: Leases, ids: Ids, *, per_user: int) -> None:
        self._leases = leases
        self._ids = ids
        self._per_user = per_user
        self._held: set[tuple[str, str]] = set()

    async def take(self, user_id: str) -> Slot:
        slot = Slot(self, user_id, self._ids.new())
        user, lease = slot.key
        if not await self._leases.take(user, lease, limit=self._per_user, seconds=LEASE_SECONDS):
            raise Problem(
                Code.AGENT_SSE_CONNECTION_LIMIT,
                f"You have {self._per_user} streams open, which is the most.",
                headers={"Retry-After": str(int(RENEW_SECONDS))},
                retryAfter=int(RENEW_SECONDS),
            )
        self._held.add(slot.key)
        return slot

    async def release(self, slot: Slot) -> None:
        self._held.discard(slot.key)
        await self._leases.release(*slot.key)

    async def run(self) -> None:
        """Renew what is held, until cancelled."""
        await forever(self._renew, name="slots")

    async def _renew(self) -> None:
        await anyio.sleep(RENEW_SECONDS)
        if self._held:
            await self._leases.renew(list(self._held), seconds=LEASE_SECONDS)
