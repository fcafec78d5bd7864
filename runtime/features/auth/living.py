"""A good token of a deleted account lets nobody in."""

from runtime.clock import Clock
from runtime.web.identity import Authenticator, User, account_gone
from storage.sql.database import Database
from storage.sql.transaction import Transaction

# So long an account may have been deleted on another server before this one hears of it.
TRUST_SECONDS = 15.0
KEPT = 16_384


class Living:
    """See Authenticator: asks the store about each user now and then, not at every call."""

    def __init__(self, tokens: Authenticator, *, database: Database, clock: Clock) -> None:
        self._tokens = tokens
        self._database = database
        self._clock = clock
        self._living: dict[str, float] = {}

    async def authenticate(self, token: str) -> User:
        user = await self._tokens.authenticate(token)
        now = self._clock.monotonic()
        if self._living.get(user.id, now) <= now:
            if not await self._database.read(_is_open, user.id):
                raise account_gone()
            if len(self._living) >= KEPT:
                self._living.clear()
            self._living[user.id] = now + TRUST_SECONDS
        return user

    def shut(self, user_id: str) -> None:
        """This account was deleted just now."""
        self._living.pop(user_id, None)


def _is_open(tx: Transaction, user_id: str) -> bool:
    return tx.users.is_open(user_id)
