"""Who an access token speaks for, and whether its sign-in still lives."""

from typing import Any, Protocol

import jwt

from runtime.clock import Clock
from runtime.features.auth.access import AccessTokens, Passport
from runtime.web.identity import User, account_gone, unauthorized
from storage.sql.database import Database
from storage.sql.transaction import Transaction

KEPT = 4_096
# How long another server may still let somebody in whose sign-in was ended here.
TRUST_SECONDS = 30.0


class Issuer(Protocol):
    """Somebody else whose tokens are taken."""

    async def read(self, token: str, header: dict[str, Any]) -> Passport:
        """The token's user, or Problem(AUTH_UNAUTHORIZED)."""
        ...


class Gate:
    """See runtime.web.identity.Authenticator."""

    def __init__(
        self,
        *,
        access: AccessTokens,
        issuer: Issuer | None,
        database: Database,
        clock: Clock,
    ) -> None:
        self._access = access
        self._issuer = issuer
        self._database = database
        self._clock = clock
        # Checking a signature costs more than all else that identifies a request.
        self._known: dict[str, Passport] = {}
        # For each sign-in: until when it is taken to live, and the newest of it that was seen.
        self._living: dict[str, tuple[float, int]] = {}

    async def authenticate(self, token: str) -> User:
        """See Authenticator."""
        passport = self._known.get(token)
        if passport is None:
            passport = await self._read(token)
            _keep(self._known, token, passport)
        if passport.until <= self._clock.now().timestamp():
            self._known.pop(token, None)
            raise unauthorized("The access token has expired.")
        if passport.family is not None:
            await self._check(passport.user.id, passport.family, passport.generation)
        return passport.user

    def forget(self, family: str) -> None:
        """This sign-in has ended: look at it anew."""
        self._living.pop(family, None)

    async def _read(self, token: str) -> Passport:
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.InvalidTokenError, ValueError, RecursionError):
            raise unauthorized("The access token is not valid.") from None
        if self._access.is_ours(header):
            return self._access.read(token, header)
        if self._issuer is not None:
            return await self._issuer.read(token, header)
        raise unauthorized("The access token is not one of this server's.")

    async def _check(self, user_id: str, family: str, generation: int) -> None:
        until, seen = self._living.get(family, (0.0, -1))
        now = self._clock.monotonic()
        if until > now and seen >= generation:
            return
        lives, seen = await self._database.read(_look, family)
        if not lives:
            self.forget(family)
            if await self._database.read(_is_gone, user_id):
                raise account_gone()
            raise unauthorized("This sign-in has ended.")
        if seen < generation:
            # Before anything is done for it: from here on its forerunner is not repeated.
            await self._database.run(_see, family, generation)
        _keep(self._living, family, (now + TRUST_SECONDS, max(seen, generation)))


def _look(tx: Transaction, family: str) -> tuple[bool, int]:
    row = tx.families.get(family)
    return (False, 0) if row is None or row.revoked_at is not None else (True, row.seen)


def _is_gone(tx: Transaction, user_id: str) -> bool:
    return not tx.users.is_open(user_id)


def _see(tx: Transaction, family: str, generation: int) -> None:
    tx.families.see(family, generation)


def _keep(kept: dict[str, Any], name: str, value: object) -> None:
    if len(kept) >= KEPT:
        kept.clear()
    kept[name] = value
