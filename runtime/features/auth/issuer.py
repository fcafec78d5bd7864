"""Access tokens of another issuer, whose public keys are fetched and kept."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from importlib.util import find_spec
from typing import Any

import anyio
import jwt

from runtime.clock import Clock
from runtime.errors import Code, Problem
from runtime.features.auth.access import LEEWAY_SECONDS, Passport
from runtime.features.auth.accounts import Accounts
from runtime.settings import Settings
from runtime.web.identity import User, unauthorized
from storage.sql.database import Database

ALGORITHMS = ("RS256", "ES256", "EdDSA")
# Keys that sign and verify with one secret would make whoever can read them an issuer.
KINDS = frozenset({"RSA", "EC", "OKP"})
# A key that its issuer withdrew is taken for no longer than this, where the issuer answers.
FRESH_SECONDS = 3_600.0
# Strangers may name unknown keys as often as they like.
PAUSE_SECONDS = 60.0
LONGEST_SUBJECT = 255

Fetch = Callable[[str], Awaitable[Any]]
log = logging.getLogger(__name__)


class KeySet:
    """The issuer's keys by their id; while it does not answer, those that are known stay."""

    def __init__(self, url: str, *, fetch: Fetch, clock: Clock) -> None:
        self._url = url
        self._fetch = fetch
        self._clock = clock
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._asked_at: float | None = None
        self._lock = anyio.Lock()

    async def key(self, kid: object) -> jwt.PyJWK | None:
        """The key of that id, or None; Problem(AUTH_SERVICE_UNAVAILABLE) while none is known."""
        if not isinstance(kid, str) or not self._is_due(kid):
            return self._keys.get(kid) if isinstance(kid, str) else None
        async with self._lock:
            if self._is_due(kid):
                await self._renew()
        if not self._keys:
            raise Problem(
                Code.AUTH_SERVICE_UNAVAILABLE, "The keys of the tokens' issuer are out of reach."
            )
        return self._keys.get(kid)

    def _is_due(self, kid: str) -> bool:
        if self._asked_at is None:
            return True
        passed = self._clock.monotonic() - self._asked_at
        return passed >= (FRESH_SECONDS if kid in self._keys else PAUSE_SECONDS)

    async def _renew(self) -> None:
        self._asked_at = self._clock.monotonic()
        try:
            found = _keys_in(await self._fetch(self._url))
        except (OSError, ValueError) as exc:
            log.warning("an issuer's keys were not fetched", extra={"reason": type(exc).__name__})
            return
        if found:
            self._keys = found


class ForeignIssuer:
    """See gate.Issuer: its users are made on first sight, by what it calls them."""

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        keys: KeySet,
        accounts: Accounts,
        database: Database,
        clock: Clock,
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._accounts = accounts
        self._database = database
        self._clock = clock

    async def read(self, token: str, header: dict[str, Any]) -> Passport:
        key = await self._keys.key(header.get("kid"))
        if key is None:
            raise unauthorized("The access token was signed with an unknown key.")
        claims = self._claims(token, key)
        subject, until = claims["sub"], claims["exp"] + float(LEEWAY_SECONDS)
        now = self._clock.now().timestamp()
        if until <= now or claims.get("nbf", now) > now + LEEWAY_SECONDS:
            raise unauthorized("The access token has expired, or is not good yet.")
        user = await self._user(subject)
        return Passport(User(user.id, user.email, until), until)

    def _claims(self, token: str, key: jwt.PyJWK) -> dict[str, Any]:
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                audience=self._audience,
                issuer=self._issuer,
                # Times are looked at on the server's own clock.
                options={
                    "require": ["exp", "sub", "iss", "aud"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except (jwt.InvalidTokenError, ValueError):
            raise unauthorized("The access token is not valid.") from None
        times = [claims["exp"], claims.get("nbf", 0)]
        if any(type(time) not in {int, float} for time in times) or not claims["sub"]:
            raise unauthorized("The access token is not valid.")
        if len(claims["sub"]) > LONGEST_SUBJECT or "\0" in claims["sub"]:
            raise unauthorized("The access token's subject is too long.")
        return claims

    async def _user(self, subject: str) -> User:
        try:
            return await self._database.run(self._accounts.enter_as, self._issuer, subject)
        except LookupError:
            # Another request made the user in the same moment, and has committed.
            return await self._database.run(self._accounts.enter_as, self._issuer, subject)


def issuer_from(
    settings: Settings, *, accounts: Accounts, database: Database, clock: Clock
) -> ForeignIssuer | None:
    """The issuer that the settings name, None where they name none, or ValueError."""
    if not settings.jwks_url:
        return None
    if not settings.jwks_issuer or not settings.jwks_audience:
        raise ValueError("ERYAO_JWKS_URL needs ERYAO_JWKS_ISSUER and ERYAO_JWKS_AUDIENCE beside it")
    if find_spec("cryptography") is None:
        raise ValueError("ERYAO_JWKS_URL needs cryptography: install eryao[apple], which brings it")
    # Imported here: an HTTP client is a tenth of a second that few servers need.
    from runtime.features.auth.fetching import fetch_json  # noqa: PLC0415

    return ForeignIssuer(
        issuer=settings.jwks_issuer,
        audience=settings.jwks_audience,
        keys=KeySet(settings.jwks_url, fetch=fetch_json, clock=clock),
        accounts=accounts,
        database=database,
        clock=clock,
    )


def _keys_in(document: Any) -> dict[str, jwt.PyJWK]:
    """The keys that can be used here; the others are not ours to judge."""
    match document:
        case {"keys": [*listed]}:
            pass
        case _:
            raise ValueError("this is no set of keys")
    found: dict[str, jwt.PyJWK] = {}
    for entry in listed:
        if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str):
            continue
        if entry.get("kty") not in KINDS or entry.get("use", "sig") != "sig":
            continue
        try:
            found[entry["kid"]] = jwt.PyJWK(entry)
        except (jwt.PyJWKError, jwt.InvalidKeyError):
            log.info("a key of an issuer cannot be used")
    return found
