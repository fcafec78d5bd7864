"""Access tokens of our own: minted, and read without a look-up."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import jwt

from runtime.clock import Clock
from runtime.errors import Code, Problem
from runtime.features.auth.keys import Keyring
from runtime.ids import is_uuid
from runtime.web.identity import User, unauthorized

ISSUER = "eryao"
AUDIENCE = "eryao"
ALGORITHM = "HS256"
TYPE = "at+jwt"
LEEWAY_SECONDS = 60
_NEEDED = ("exp", "iat", "sub", "sid", "gen")


@dataclass(frozen=True, slots=True)
class Passport:
    """What a good token says: who it is, until when, and by which sign-in."""

    user: User
    until: float
    family: str | None = None
    generation: int = 0


class AccessTokens:
    """Signs with the newest key, reads with all of them."""

    def __init__(self, *, keyring: Keyring, seconds: float, clock: Clock) -> None:
        keys = keyring.keys("access tokens")
        # A fixed map: neither a key nor where to find one is ever taken from a token.
        self._keys = {sha256(key).hexdigest()[:16]: key for key in keys}
        self._newest = next(iter(self._keys))
        self._seconds = seconds
        self._clock = clock

    def mint(
        self, user: User, family: str, generation: int, *, seconds: float | None = None
    ) -> tuple[str, int]:
        """A token, and the seconds that it is good for."""
        now = int(self._clock.now().timestamp())
        lasting = int(seconds or self._seconds)
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": user.id,
            "email": user.email,
            "sid": family,
            "gen": generation,
            "iat": now,
            "exp": now + lasting,
        }
        headers = {"typ": TYPE, "kid": self._newest}
        return jwt.encode(claims, self._keys[self._newest], ALGORITHM, headers=headers), lasting

    def is_ours(self, header: dict[str, Any]) -> bool:
        return header.get("typ") == TYPE and header.get("kid") in self._keys

    def read(self, token: str, header: dict[str, Any]) -> Passport:
        try:
            claims = jwt.decode(
                token,
                self._keys[header["kid"]],
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                leeway=LEEWAY_SECONDS,
                options={"require": list(_NEEDED), "verify_exp": False, "verify_iat": False},
            )
        except (jwt.InvalidTokenError, ValueError):
            raise unauthorized("The access token is not valid.") from None
        subject, email = claims["sub"], claims.get("email", "")
        if not isinstance(subject, str) or not is_uuid(subject) or not isinstance(email, str):
            raise Problem(Code.AGENT_USER_ID_INVALID, "The token's subject is no user id of ours.")
        until = float(claims["exp"]) + LEEWAY_SECONDS
        return Passport(User(subject, email, until), until, claims["sid"], claims["gen"])
