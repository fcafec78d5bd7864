"""HTTP for invites: one's own code, and the use of another's."""

from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from runtime.clock import stamp
from runtime.errors import Code, Flaw, Problem
from runtime.features.invites.codes import LONGEST_TYPED
from runtime.features.invites.invites import Invites, Outcome, Redeemed
from runtime.features.points.wallet import PointsWallet
from runtime.web.identity import require_user
from runtime.web.operation import Answer, Json, Operation
from runtime.web.parsing import Wire, read_json
from storage.sql.database import Database
from storage.sql.invites import InviteRow


class InviteView(Wire):
    """A code to give away."""

    code: str
    created_at: str


class Redemption(Wire):
    """A code as somebody typed it: case, spaces and hyphens do not matter."""

    code: Annotated[str, Field(min_length=1, max_length=LONGEST_TYPED)]


class RedemptionView(Wire):
    """What the code brought, and what there is now."""

    points: int
    balance: int


class InviteRoutes:
    """The calls under /invite."""

    def __init__(self, *, invites: Invites, wallet: PointsWallet, database: Database) -> None:
        self._invites = invites
        self._wallet = wallet
        self._database = database

    async def show(self, request: Request) -> Response:
        invite = await self._invites.mine(require_user(request).id)
        if invite is None:
            raise Problem(
                Code.INVITE_CODE_NOT_FOUND, "You have no invite code yet; POST /invite makes it."
            )
        return Json(_view(invite))

    async def make(self, request: Request) -> Response:
        invite, is_new = await self._invites.make(require_user(request).id)
        return Json(_view(invite), 201 if is_new else 200)

    async def redeem(self, request: Request) -> Response:
        user_id = require_user(request).id
        asked = await read_json(request, Redemption, invalid=Code.REQUEST_VALIDATION_ERROR)
        redeemed = await self._invites.use(user_id, asked.code)
        if redeemed.outcome is not Outcome.DONE:
            raise _refusal(redeemed)
        balance = await self._database.read(self._wallet.balance, user_id)
        return Json(RedemptionView(points=redeemed.points, balance=balance))

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "GET",
                "/invite",
                self.show,
                summary="The user's own invite code",
                gives=InviteView,
                problems=(Code.INVITE_CODE_NOT_FOUND,),
                tags=("invite",),
            ),
            Operation(
                "POST",
                "/invite",
                self.make,
                summary="Make the user's invite code; again, it is the same one",
                gives=InviteView,
                status=201,
                also=(Answer(200, "It existed; nothing was changed.", InviteView),),
                tags=("invite",),
            ),
            Operation(
                "POST",
                "/invite/redemptions",
                self.redeem,
                summary="Use another's code, once; both sides get points",
                description="The same code again is answered as the first time, and brings nothing "
                "more.",
                takes=Redemption,
                gives=RedemptionView,
                problems=REDEEM_PROBLEMS,
                tags=("invite",),
            ),
        ]


REDEEM_PROBLEMS = (
    Code.REQUEST_VALIDATION_ERROR,
    Code.INVITE_CODE_INVALID,
    Code.INVITE_ALREADY_REDEEMED,
    Code.INVITE_NOT_ELIGIBLE,
    Code.INVITE_TOO_MANY_ATTEMPTS,
    Code.AUTH_USER_NOT_FOUND,
)


def _refusal(redeemed: Redeemed) -> Problem:
    match redeemed.outcome:
        case Outcome.USED_BEFORE:
            return Problem(Code.INVITE_ALREADY_REDEEMED, "You have used an invite code before.")
        case Outcome.NOT_NEW:
            return Problem(
                Code.INVITE_NOT_ELIGIBLE, "An invite is for who is new here, and came after it."
            )
        case Outcome.GUESSING:
            return Problem(
                Code.INVITE_TOO_MANY_ATTEMPTS,
                "Too many codes were wrong; wait before you try another.",
                retryAfter=redeemed.retry_after,
            )
        case Outcome.OWN:
            message, flaw = "This is your own code; it is for others.", Flaw.OWN
        case _:
            message, flaw = "Nobody has this code; look at it again.", Flaw.UNKNOWN
    return Problem.at(Code.INVITE_CODE_INVALID, "/code", message, flaw)


def _view(invite: InviteRow) -> InviteView:
    return InviteView(code=invite.code, created_at=stamp(invite.created_at))
