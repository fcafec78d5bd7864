"""Access tokens, read without a look-up; refresh tokens, of which only a hash is kept."""

import secrets
from dataclasses import dataclass
from hashlib import sha256

import jwt

from runtime.clock import Clock, micros
from runtime.errors import Code, Problem
from runtime.ids import Ids, is_uuid
from runtime.web.identity import User, unauthorized
from storage.sql.transaction import Transaction
from storage.sql.users import RefreshFamilyRow

ISSUER = "eryao"
AUDIENCE = "eryao"
ALGORITHM = "HS256"
LEEWAY_SECONDS = 60
REFRESH_SECONDS = 90 * 86_400
KEPT = 4_096


@dataclass(frozen=True, slots=True)
class TokenPair:
    access_token: str
    refresh_token: str
    expires_in: int


class Tokens:
    """Mints token pairs and tells whom an access token speaks for."""

    def __init__(self, *, key: bytes, access_seconds: float, clock: Clock, ids: Ids) -> None:
        self._key = key
        self._access_seconds = access_seconds
        self._clock = clock
        self._ids = ids
        # Checking a signature costs more than all else that identifies a request.
        self._known: dict[str, tuple[User, float]] = {}

    def pair(
        self, tx: Transaction, user: User, *, access_seconds: float | None = None
    ) -> TokenPair:
        """A new sign-in: its access token, and the first refresh token of a new family."""
        family = self._ids.new()
        refresh = f"{family}.0.{secrets.token_urlsafe(32)}"
        now = micros(self._clock.now())
        tx.users.add_refresh_family(
            RefreshFamilyRow(
                id=family,
                user_id=user.id,
                counter=0,
                token_hash=sha256(refresh.encode()).digest(),
                created_at=now,
                rotated_at=now,
                expires_at=now + REFRESH_SECONDS * 1_000_000,
                revoked_at=None,
            )
        )
        seconds = access_seconds or self._access_seconds
        return TokenPair(self._access(user, family, seconds), refresh, int(seconds))

    async def authenticate(self, token: str) -> User:
        """See Authenticator."""
        now = self._clock.now().timestamp()
        known = self._known.get(token)
        if known is None or known[1] <= now:
            known = self._read(token)
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[token] = known
        return known[0]

    def _access(self, user: User, family: str, seconds: float) -> str:
        now = int(self._clock.now().timestamp())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": user.id,
            "email": user.email,
            "sid": family,
            "iat": now,
            "exp": now + int(seconds),
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM, headers={"typ": "at+jwt"})

    def _read(self, token: str) -> tuple[User, float]:
        try:
            if jwt.get_unverified_header(token).get("typ") != "at+jwt":
                raise unauthorized("This is no access token.")
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "sub", "sid"]},
            )
        except jwt.ExpiredSignatureError:
            raise unauthorized("The access token has expired.") from None
        except (jwt.InvalidTokenError, ValueError):
            raise unauthorized("The access token is not valid.") from None
        subject, email = claims["sub"], claims.get("email", "")
        if not isinstance(subject, str) or not is_uuid(subject) or not isinstance(email, str):
            raise Problem(Code.AGENT_USER_ID_INVALID, "The token's subject is no user id of ours.")
        return User(subject, email), float(claims["exp"] + LEEWAY_SECONDS)
