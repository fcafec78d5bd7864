"""HTTP for notifications: look, count, mark as read."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from runtime.clock import Clock, micros, stamp
from runtime.errors import Code, Problem
from runtime.web.identity import require_user
from runtime.web.operation import Json, Operation, Query
from runtime.web.paging import LIMIT_QUERY, limit_of, time_cursor
from runtime.web.parsing import Wire
from storage.sql.database import Database
from storage.sql.notifications import NotificationRow
from storage.sql.transaction import Transaction


class NoPayload(Wire):
    type: Literal["none"]


class OpenRoute(Wire):
    type: Literal["open_route"]
    route: str


class OpenUrl(Wire):
    type: Literal["open_url"]
    url: str


Payload = Annotated[NoPayload | OpenRoute | OpenUrl, Field(discriminator="type")]
_PAYLOAD: TypeAdapter[NoPayload | OpenRoute | OpenUrl] = TypeAdapter(Payload)


class NotificationView(Wire):
    """One notice; `payload` says what a tap on it opens."""

    id: str
    kind: str
    title: str
    body: str
    payload: Payload
    created_at: str
    read: bool
    read_at: str | None


class NotificationPage(Wire):
    items: list[NotificationView]
    next_cursor: str | None


class UnreadCount(Wire):
    unread_count: int


class NotificationRoutes:
    """The calls under /notifications."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(self, request: Request) -> Response:
        limit = limit_of(request)
        before = time_cursor(request, invalid=Code.NOTIFICATION_INVALID_CURSOR)
        rows = await self._database.read(_page, require_user(request).id, before, limit)
        cursor = stamp(rows[-1].created_at) if len(rows) == limit else None
        page = NotificationPage(items=[_view(row) for row in rows], next_cursor=cursor)
        return Json(page, nulls=True)

    async def unread_count(self, request: Request) -> Response:
        count = await self._database.read(_unread, require_user(request).id)
        return Json(UnreadCount(unread_count=count))

    async def read(self, request: Request) -> Response:
        user_id, wanted = require_user(request).id, request.path_params["id"]
        row = await self._database.run(_read, user_id, wanted, micros(self._clock.now()))
        if row is None:
            raise Problem(Code.NOTIFICATION_NOT_FOUND, "You have no such notification.")
        return Json(_view(row), nulls=True)

    async def read_all(self, request: Request) -> Response:
        user_id = require_user(request).id
        await self._database.run(_read_all, user_id, micros(self._clock.now()))
        return Json(UnreadCount(unread_count=0))

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "GET",
                "/notifications",
                self.page,
                summary="The user's notifications, newest first",
                gives=NotificationPage,
                query=(LIMIT_QUERY, Query("cursor", "The createdAt of the last item seen.")),
                problems=(Code.NOTIFICATION_INVALID_CURSOR, Code.REQUEST_VALIDATION_ERROR),
                tags=("notifications",),
            ),
            Operation(
                "GET",
                "/notifications/unread-count",
                self.unread_count,
                summary="How many notifications are unread",
                gives=UnreadCount,
                tags=("notifications",),
            ),
            Operation(
                "PATCH",
                "/notifications/{id}/read",
                self.read,
                summary="Mark a notification as read; again changes nothing",
                gives=NotificationView,
                problems=(Code.NOTIFICATION_NOT_FOUND,),
                tags=("notifications",),
            ),
            Operation(
                "PATCH",
                "/notifications/mark-all-read",
                self.read_all,
                summary="Mark all notifications as read; again changes nothing",
                gives=UnreadCount,
                tags=("notifications",),
            ),
        ]


def _page(tx: Transaction, user_id: str, before: int, limit: int) -> list[NotificationRow]:
    return tx.notifications.page(user_id, before=before, limit=limit)


def _unread(tx: Transaction, user_id: str) -> int:
    return tx.notifications.unread(user_id)


def _read(tx: Transaction, user_id: str, wanted: str, now: int) -> NotificationRow | None:
    tx.notifications.read(user_id, wanted, now)
    return tx.notifications.get(user_id, wanted)


def _read_all(tx: Transaction, user_id: str, now: int) -> None:
    tx.notifications.read_all(user_id, now)


def _view(row: NotificationRow) -> NotificationView:
    return NotificationView(
        id=row.id,
        kind=row.kind,
        title=row.title,
        body=row.body,
        payload=_PAYLOAD.validate_json(row.payload),
        created_at=stamp(row.created_at),
        read=row.read_at is not None,
        read_at=None if row.read_at is None else stamp(row.read_at),
    )
