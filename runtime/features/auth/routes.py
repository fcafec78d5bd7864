"""HTTP for signing in, staying so, and leaving."""

from pydantic import ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from runtime.clock import stamp
from runtime.errors import Code, Problem
from runtime.features.auth.accounts import user_of
from runtime.features.auth.codes import Codes
from runtime.features.auth.gate import Gate
from runtime.features.auth.letters import locale_of
from runtime.features.auth.tokens import TokenPair, Tokens
from runtime.web.identity import account_gone, refused, require_user
from runtime.web.operation import Json, Operation
from runtime.web.parsing import Id, Wire, read_json
from storage.sql.database import Database
from storage.sql.transaction import Transaction
from storage.sql.users import UserRow

NO_STORE = {"Cache-Control": "no-store"}


class OtpAsk(Wire):
    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "you@example.com"}]})

    email: str = Field(max_length=320, json_schema_extra={"format": "email"})


class OtpAsked(Wire):
    """The challenge to hand in with the code, and the seconds that both are good for."""

    challenge: Id
    expires_in: int


class OtpTry(Wire):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "email": "you@example.com",
                    "code": "123456",
                    "challenge": "0193a1b2-0000-7000-8000-000000000003",
                }
            ]
        }
    )

    email: str = Field(max_length=320)
    code: str = Field(max_length=64)
    challenge: str | None = Field(default=None, max_length=64)
    invite_code: str | None = Field(default=None, max_length=64)


class RefreshAsk(Wire):
    refresh_token: str | None = Field(default=None, max_length=512)


class UserView(Wire):
    id: Id
    email: str | None
    created_at: str


class SignedIn(Wire):
    access_token: str
    refresh_token: str
    expires_in: int
    user: UserView


class AuthRoutes:
    """The calls under /auth."""

    def __init__(self, *, codes: Codes, tokens: Tokens, gate: Gate, database: Database) -> None:
        self._codes = codes
        self._tokens = tokens
        self._gate = gate
        self._database = database

    async def ask(self, request: Request) -> Response:
        body = await read_json(request, OtpAsk, invalid=Code.REQUEST_VALIDATION_ERROR)
        locale = locale_of(request.headers.get("accept-language", ""))
        asked = await self._codes.ask(body.email, source=_source(request), locale=locale)
        view = OtpAsked(challenge=asked.challenge, expires_in=asked.expires_in)
        return Json(view, 202, NO_STORE)

    async def enter(self, request: Request) -> Response:
        body = await read_json(request, OtpTry, invalid=Code.REQUEST_VALIDATION_ERROR)
        entered = await self._codes.enter(
            body.email,
            body.code,
            challenge=body.challenge,
            invite=body.invite_code,
            source=_source(request),
        )
        return _signed_in(entered.user, entered.pair)

    async def refresh(self, request: Request) -> Response:
        token = await _refresh_token(request)
        renewed = await self._database.run(self._tokens.renew, token)
        if renewed is None:
            # It may have ended its sign-in; of a token that is made up, this costs one look.
            self._gate.forget(token.partition(".")[0])
            raise _invalid()
        return _signed_in(*renewed)

    async def leave(self, request: Request) -> Response:
        family = await self._database.run(self._tokens.end, await _refresh_token(request))
        if family is None:
            raise _invalid()
        self._gate.forget(family)
        return Response(status_code=204)

    async def me(self, request: Request) -> Response:
        view = await self._database.read(_view, require_user(request).id)
        return Json(view, headers=NO_STORE, nulls=True)

    def operations(self) -> list[Operation]:
        often = Code.AUTH_TOO_MANY_REQUESTS
        malformed = Code.REQUEST_VALIDATION_ERROR
        spent = (Code.AUTH_REFRESH_TOKEN_INVALID, Code.AUTH_REFRESH_TOKEN_MISSING, malformed)
        return [
            Operation(
                "POST",
                "/auth/otp",
                self.ask,
                summary="Have a one-time code mailed",
                description="The same answer whether the address is known or not. The mail is in "
                "the first language of Accept-Language that we have.",
                takes=OtpAsk,
                gives=OtpAsked,
                status=202,
                public=True,
                problems=(often, malformed, Code.AUTH_SERVICE_UNAVAILABLE),
                tags=("sign-in",),
            ),
            Operation(
                "POST",
                "/auth/otp/verify",
                self.enter,
                summary="Sign in with a one-time code",
                description="Hand in the challenge that came with the code: without it the newest "
                "code of that address is meant, with fewer tries, which anybody can use up. "
                "The first time makes the user.",
                takes=OtpTry,
                gives=SignedIn,
                public=True,
                problems=(Code.AUTH_VERIFICATION_CODE_INVALID, often, malformed),
                tags=("sign-in",),
            ),
            Operation(
                "POST",
                "/auth/refresh",
                self.refresh,
                summary="A new pair of tokens for the refresh token, which is spent by it",
                description="A spent token that is used again ends the sign-in, for whoever holds "
                "its tokens: ask with one at a time, and keep the new pair before anything else.",
                takes=RefreshAsk,
                gives=SignedIn,
                public=True,
                problems=spent,
                tags=("sign-in",),
            ),
            Operation(
                "POST",
                "/auth/logout",
                self.leave,
                summary="End the sign-in of a refresh token; again does no harm",
                takes=RefreshAsk,
                status=204,
                public=True,
                problems=spent,
                tags=("sign-in",),
            ),
            Operation(
                "GET",
                "/auth/me",
                self.me,
                summary="Who is signed in",
                gives=UserView,
                problems=(Code.AUTH_USER_NOT_FOUND,),
                tags=("sign-in",),
            ),
        ]


async def _refresh_token(request: Request) -> str:
    body = await read_json(
        request, RefreshAsk, invalid=Code.REQUEST_VALIDATION_ERROR, may_be_empty=True
    )
    if not body.refresh_token:
        raise refused(Code.AUTH_REFRESH_TOKEN_MISSING, "The body has no refreshToken.")
    return body.refresh_token


def _signed_in(user: UserRow, pair: TokenPair) -> Response:
    view = SignedIn(
        access_token=pair.access_token,
        refresh_token=pair.refresh_token,
        expires_in=pair.expires_in,
        user=_user_view(user),
    )
    return Json(view, headers=NO_STORE, nulls=True)


def _invalid() -> Problem:
    return refused(Code.AUTH_REFRESH_TOKEN_INVALID, "The refresh token is not good any more.")


def _source(request: Request) -> str:
    return request.client.host if request.client else ""


def _view(tx: Transaction, user_id: str) -> UserView:
    row = tx.users.get(user_id)
    if row is None:
        raise account_gone()
    return _user_view(row)


def _user_view(row: UserRow) -> UserView:
    email = user_of(row).email or None
    return UserView(id=row.id, email=email, created_at=stamp(row.created_at))
