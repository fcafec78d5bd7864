"""How often codes may be asked for and tried; and the alarm, should too many be wrong."""

import hmac
import logging
import math
from dataclasses import dataclass
from hashlib import sha256

from runtime.clock import Clock
from runtime.errors import Code, Problem
from runtime.features.auth.keys import Keyring
from runtime.web.networks import network
from storage.throttles.base import Throttles

HOUR = 3_600.0
ALARM_SECONDS = 600.0
TRIES_PER_CODE_ASKED = 2

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many of a kind within a time."""

    kind: str
    most: int
    seconds: float


# The short one first: who is told to wait a minute has not used up their hour.
PER_ADDRESS = (
    Limit("code-minute", 1, 60.0),
    Limit("code-hour", 5, HOUR),
    Limit("code-day", 10, 24 * HOUR),
)
BLIND_TRIES_PER_ADDRESS = Limit("blind-try", 10, HOUR)


class Budgets:
    """Refuses what comes too often, with the time to wait."""

    def __init__(self, *, throttles: Throttles, keyring: Keyring, codes_per_source: int) -> None:
        self._throttles = throttles
        # Addresses are people: the store of the counts sees no plain one.
        self._key = keyring.keys("throttles")[0]
        self._asks = Limit("code-source", codes_per_source, HOUR)
        self._tries = Limit("try-source", codes_per_source * TRIES_PER_CODE_ASKED, HOUR)

    async def ask_from(self, source: str) -> None:
        await self._take(self._asks, network(source), "from this network")

    async def ask_for(self, address: str) -> None:
        for limit in PER_ADDRESS:
            await self._take(limit, address, "for this address")

    async def try_from(self, source: str) -> None:
        await self._take(self._tries, network(source), "from this network")

    async def try_blindly(self, address: str) -> None:
        await self._take(BLIND_TRIES_PER_ADDRESS, address, "for this address")

    async def _take(self, limit: Limit, who: str, whence: str) -> None:
        mark = hmac.digest(self._key, who.encode(), sha256).hex()[:32]
        key = f"{limit.kind}:{mark}"
        wait = await self._throttles.take(key, limit=limit.most, seconds=limit.seconds)
        if wait > 0:
            raise too_many(f"That was too often {whence}.", wait)


class Alarm:
    """Rings while more codes are wrong, over all users, than people mistype."""

    def __init__(self, *, throttles: Throttles, clock: Clock, failures: int) -> None:
        self._throttles = throttles
        self._clock = clock
        self._failures = failures
        self._until = -math.inf

    @property
    def is_ringing(self) -> bool:
        return self._clock.monotonic() < self._until

    async def failed(self) -> None:
        """One more code was wrong."""
        over = await self._throttles.take(
            "wrong-codes", limit=self._failures, seconds=ALARM_SECONDS
        )
        if over:
            if not self.is_ringing:
                log.warning(
                    "somebody is guessing codes: new ones are longer for a while",
                    extra={"count": self._failures, "seconds": ALARM_SECONDS},
                )
            self._until = self._clock.monotonic() + ALARM_SECONDS


def too_many(detail: str, wait: float) -> Problem:
    seconds = max(1, math.ceil(wait))
    return Problem(
        Code.AUTH_TOO_MANY_REQUESTS, f"{detail} Wait {seconds} seconds.", retryAfter=seconds
    )
