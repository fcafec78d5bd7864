"""HTTP for reminders: what a user agreed to be reminded of, and their change of mind."""

from starlette.requests import Request
from starlette.responses import Response

from runtime.clock import Clock, micros, stamp
from runtime.errors import Code, Problem
from runtime.web.identity import require_user
from runtime.web.operation import Operation
from runtime.web.paging import PAGE_QUERY, Page, Place, place_of
from runtime.web.parsing import Wire
from storage.sql.database import Database
from storage.sql.reminders import ReminderRow
from storage.sql.transaction import Transaction


class ReminderView(Wire):
    """A reminder whose time is still to come."""

    id: str
    thread_id: str
    text: str
    due_at: str
    created_at: str


class ReminderPage(Page[ReminderView]):
    pass


class ReminderRoutes:
    """The calls under /reminders."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(self, request: Request) -> Response:
        place = place_of(request)
        rows = await self._database.read(_page, require_user(request).id, place)
        return place.answer(ReminderPage, rows, _view)

    async def cancel(self, request: Request) -> Response:
        user_id, reminder_id = require_user(request).id, request.path_params["id"]
        now = micros(self._clock.now())
        if not await self._database.run(_cancel, user_id, reminder_id, now):
            raise Problem(Code.REMINDER_NOT_FOUND, "You have no such reminder.")
        return Response(status_code=204)

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "GET",
                "/reminders",
                self.page,
                summary="The reminders that are still to come, the last one set first",
                gives=ReminderPage,
                query=PAGE_QUERY,
                problems=(Code.REQUEST_VALIDATION_ERROR,),
                tags=("reminders",),
            ),
            Operation(
                "DELETE",
                "/reminders/{id}",
                self.cancel,
                summary="Cancel a reminder; again changes nothing",
                status=204,
                problems=(Code.REMINDER_NOT_FOUND,),
                tags=("reminders",),
            ),
        ]


def _page(tx: Transaction, user_id: str, place: Place) -> list[ReminderRow]:
    return place.rows(tx.reminders.page, user_id)


def _cancel(tx: Transaction, user_id: str, reminder_id: str, now: int) -> bool:
    return tx.reminders.cancel(user_id, reminder_id, now)


def _view(row: ReminderRow) -> ReminderView:
    return ReminderView(
        id=row.id,
        thread_id=row.session_id,
        text=row.text,
        due_at=stamp(row.due_at),
        created_at=stamp(row.created_at),
    )
