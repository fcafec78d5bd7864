"""HTTP for points: what there is, what things cost, and every movement."""

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from runtime.clock import stamp
from runtime.errors import Code
from runtime.features.points.wallet import PointsWallet
from runtime.web.identity import require_user
from runtime.web.operation import Json, Operation, Query
from runtime.web.paging import LIMIT_QUERY, limit_of, time_cursor
from runtime.web.parsing import Wire
from storage.sql.database import Database
from storage.sql.points import EntryRow
from storage.sql.transaction import Transaction


class Prices(Wire):
    divination: int
    follow_up: int


class PointsView(Wire):
    balance: int
    prices: Prices


class EntryView(Wire):
    """One movement; `amount` is negative where points were spent.

    What a run was for is told as long as its session is there.
    """

    id: str
    kind: str
    amount: int
    balance_after: int
    run_id: str | None
    purchase_id: str | None
    note: str | None
    created_at: str
    invite_id: str | None
    run_kind: str | None = Field(description="divination or follow_up")
    thread_id: str | None
    title: str | None = Field(description="The question of the session, cut to fit a list.")


class LedgerPage(Wire):
    items: list[EntryView]
    next_cursor: str | None


class PointsRoutes:
    """The calls under /points."""

    def __init__(self, *, database: Database, wallet: PointsWallet, prices: Prices) -> None:
        self._database = database
        self._wallet = wallet
        self._prices = prices

    async def show(self, request: Request) -> Response:
        balance = await self._database.read(self._wallet.balance, require_user(request).id)
        return Json(PointsView(balance=balance, prices=self._prices))

    async def ledger(self, request: Request) -> Response:
        limit = limit_of(request)
        before = time_cursor(request, invalid=Code.POINTS_INVALID_CURSOR)
        rows = await self._database.read(_page, require_user(request).id, before, limit)
        cursor = stamp(rows[-1].created_at) if len(rows) == limit else None
        return Json(LedgerPage(items=[_view(row) for row in rows], next_cursor=cursor), nulls=True)

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "GET",
                "/points",
                self.show,
                summary="The balance, and what runs cost",
                gives=PointsView,
                problems=(Code.AUTH_USER_NOT_FOUND,),
                tags=("points",),
            ),
            Operation(
                "GET",
                "/points/ledger",
                self.ledger,
                summary="Every movement of points, newest first",
                gives=LedgerPage,
                query=(
                    LIMIT_QUERY,
                    Query("cursor", "The createdAt of the last item seen."),
                ),
                problems=(Code.POINTS_INVALID_CURSOR, Code.REQUEST_VALIDATION_ERROR),
                tags=("points",),
            ),
        ]


def _page(tx: Transaction, user_id: str, before: int, limit: int) -> list[EntryRow]:
    return tx.points.page(user_id, before=before, limit=limit)


def _view(row: EntryRow) -> EntryView:
    return EntryView(
        id=row.id,
        kind=row.kind,
        amount=row.amount,
        balance_after=row.balance_after,
        run_id=row.run_id,
        purchase_id=row.purchase_id,
        note=row.note,
        created_at=stamp(row.created_at),
        invite_id=row.invite_id,
        run_kind=row.run_kind,
        thread_id=row.session_id,
        title=row.title,
    )
