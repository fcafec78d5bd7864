"""Who asks: from the bearer token to the user in the request."""

import math
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from runtime.errors import Code, Problem

_LONGEST_TOKEN = 4_096
_CHALLENGE = {"WWW-Authenticate": "Bearer"}


@dataclass(frozen=True, slots=True)
class User:
    """Whom a token speaks for."""

    id: str
    email: str
    # When the token ends, in seconds since 1970: what stays open must not outlive it.
    until: float = math.inf


class Authenticator(Protocol):
    """What the kit asks of sign-in."""

    async def authenticate(self, token: str) -> User:
        """The token's user, or Problem(AUTH_UNAUTHORIZED), or Problem(AUTH_USER_NOT_FOUND)."""
        ...


def require_user(request: Request) -> User:
    """The signed-in user; only a route that was declared public has none."""
    user = optional_user(request)
    if user is None:
        raise unauthorized("This call needs a signed-in user.")
    return user


def optional_user(request: Request) -> User | None:
    """The signed-in user, if there is one."""
    user = request.scope.get("user")
    return user if isinstance(user, User) else None


def unauthorized(detail: str) -> Problem:
    """The refusal with the challenge that HTTP asks for."""
    return refused(Code.AUTH_UNAUTHORIZED, detail)


def refused(code: Code, detail: str) -> Problem:
    """Any 401, with that challenge."""
    return Problem(code, detail, headers=_CHALLENGE)


def account_gone() -> Problem:
    return Problem(Code.AUTH_USER_NOT_FOUND, "This account no longer exists.")


class Identified:
    """Let only those through whose bearer token is good, and note who they are.

    With `optional` a request without any token passes too; a bad token never does.
    """

    def __init__(
        self, app: ASGIApp, authenticator: Authenticator, *, optional: bool = False
    ) -> None:
        self._app = app
        self._authenticator = authenticator
        self._optional = optional

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        if given or not self._optional:
            scope["user"] = await self._user(given)
        await self._app(scope, receive, send)

    async def _user(self, given: list[bytes]) -> User:
        token = _bearer(given)
        try:
            return await self._authenticator.authenticate(token)
        except Problem as exc:
            # The authenticator knows tokens, not HTTP: the challenge is added here.
            if exc.code is Code.AUTH_UNAUTHORIZED:
                exc.headers = _CHALLENGE | exc.headers
            raise


def _bearer(given: list[bytes]) -> str:
    if not given:
        raise unauthorized("The Authorization header is missing.")
    if len(given) > 1 or len(given[0]) > _LONGEST_TOKEN:
        raise unauthorized("The Authorization header is malformed.")
    scheme, _, token = given[0].partition(b" ")
    token = token.strip(b" ")
    if scheme.lower() != b"bearer" or not token or not token.isascii() or b" " in token:
        raise unauthorized("The Authorization header is not of the form: Bearer TOKEN.")
    return token.decode("ascii")
