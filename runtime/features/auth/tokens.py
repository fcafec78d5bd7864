"""Refresh tokens: each is spent when used, and a spent one that comes back ends its sign-in."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256

from runtime.clock import DAY, SECOND, Clock, micros
from runtime.features.auth.access import AccessTokens
from runtime.features.auth.accounts import user_of
from runtime.features.auth.keys import Keyring
from runtime.ids import Ids, is_uuid
from runtime.web.identity import User
from storage.sql.families import FamilyRow
from storage.sql.transaction import Transaction
from storage.sql.users import UserRow

IDLE = 30 * DAY
ABSOLUTE = 90 * DAY
SALT_BYTES = 32
_COUNTER_DIGITS = 9


@dataclass(frozen=True, slots=True)
class TokenPair:
    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class _Given:
    """A refresh token as it came, genuine or not."""

    family: str
    counter: int
    mark: str


class Tokens:
    """Families of refresh tokens, one for each sign-in. See docs/decisions on repeated ones."""

    def __init__(
        self,
        *,
        keyring: Keyring,
        access: AccessTokens,
        clock: Clock,
        ids: Ids,
        repeat_seconds: float,
    ) -> None:
        self._keys = keyring.keys("refresh tokens")
        self._access = access
        self._clock = clock
        self._ids = ids
        self._repeat = int(repeat_seconds * SECOND)

    def pair(
        self, tx: Transaction, user: User, *, access_seconds: float | None = None
    ) -> TokenPair:
        """A new sign-in: its access token, and the first refresh token of a new family."""
        now = micros(self._clock.now())
        family = FamilyRow(
            id=self._ids.new(),
            user_id=user.id,
            salt=secrets.token_bytes(SALT_BYTES),
            counter=0,
            seen=0,
            created_at=now,
            rotated_at=now,
            expires_at=now + ABSOLUTE,
            revoked_at=None,
        )
        tx.families.add(family)
        return self._pair(user, family, 0, access_seconds)

    def renew(self, tx: Transaction, token: str) -> tuple[UserRow, TokenPair] | None:
        """The next pair; None where the token is not good any more.

        It answers and does not raise, as what it may have revoked must be kept.
        """
        given = _parsed(token)
        family = tx.families.get(given.family) if given else None
        if given is None or family is None or not self._made(given, family):
            return None
        now = micros(self._clock.now())
        if not tx.families.advance(
            family.id, given.counter, now=now, idle_since=now - IDLE
        ) and not self._may_repeat(tx, given, now):
            return None
        row = tx.users.get(family.user_id)
        if row is None:
            return None
        return row, self._pair(user_of(row), family, given.counter + 1)

    def end(self, tx: Transaction, token: str) -> str | None:
        """End the sign-in of this token, the newest or not; its family, or None if it has none."""
        given = _parsed(token)
        family = tx.families.get(given.family) if given else None
        if given is None or family is None or not self._made(given, family):
            return None
        tx.families.revoke(family.id, micros(self._clock.now()))
        return family.id

    def sweep(self, tx: Transaction) -> None:
        """Forget the sign-ins that have run out."""
        now = micros(self._clock.now())
        tx.families.drop_before(now - DAY, now - IDLE - DAY)

    def _may_repeat(self, tx: Transaction, given: _Given, now: int) -> bool:
        """Whether this spent token's successor may be told again; else the sign-in is over.

        Only where the settings allow it, and as long as nobody showed that they have it: an access
        token that came with it, or itself.
        """
        family = tx.families.get(given.family)
        if family is None or not _lives(family, now):
            return False
        unseen = family.seen < family.counter and now - family.rotated_at < self._repeat
        if given.counter == family.counter - 1 and unseen:
            return True
        if given.counter < family.counter:
            tx.families.revoke(family.id, now)
        return False

    def _pair(
        self, user: User, family: FamilyRow, counter: int, seconds: float | None = None
    ) -> TokenPair:
        access, lasting = self._access.mint(user, family.id, counter, seconds=seconds)
        mark = _mark(self._keys[0], family, counter)
        return TokenPair(access, f"{family.id}.{counter}.{mark}", lasting)

    def _made(self, given: _Given, family: FamilyRow) -> bool:
        marks = [_mark(key, family, given.counter) for key in self._keys]
        return any(hmac.compare_digest(given.mark, mark) for mark in marks)


def _mark(key: bytes, family: FamilyRow, counter: int) -> str:
    told = f"{family.id}.{counter}.".encode() + family.salt
    return urlsafe_b64encode(hmac.digest(key, told, sha256)).decode().rstrip("=")


def _lives(family: FamilyRow, now: int) -> bool:
    return family.revoked_at is None and family.expires_at > now and family.rotated_at > now - IDLE


def _parsed(token: str) -> _Given | None:
    family, _, rest = token.partition(".")
    counter, _, mark = rest.partition(".")
    if not is_uuid(family) or not token.isascii() or not mark:
        return None
    if not counter.isdecimal() or len(counter) > _COUNTER_DIGITS or str(int(counter)) != counter:
        return None
    return _Given(family, int(counter), mark)
