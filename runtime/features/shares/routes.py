"""HTTP for shared readings: the public page, and the user's own list of links."""

import json
from html import escape
from typing import Any

from pydantic import ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from runtime.clock import Clock, from_micros, micros, stamp
from runtime.errors import Code, Problem
from runtime.features.shares.shares import ReadingShares
from runtime.features.shares.shares import Request as Asked
from runtime.ids import Ids
from runtime.web.identity import require_user
from runtime.web.operation import Answer, Json, Operation
from runtime.web.page import page, wants_json
from runtime.web.paging import PAGE_QUERY, Page, Place, place_of
from runtime.web.parsing import Id, StrictWire, Wire, read_json
from storage.sql.database import Database
from storage.sql.shares import ShareRow
from storage.sql.transaction import Transaction
from tools.liuyao.drawing import draw

LONGEST_TOKEN = 100
# Nobody but the one who has the link: no search engine, no cache.
_PRIVATE = {
    "Cache-Control": "private, no-store",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Vary": "Accept",
}
_SECRET = {"Cache-Control": "private, no-store"}
_UNTIL = {
    "zh-Hans": "此页有效至 {}。",
    "zh-Hant": "此頁有效至 {}。",
    "en": "This page is open until {}.",
}
# Whose words they are, where they are not those that answered the question.
_UNASKED = {
    "zh-Hans": "以上只据卦象写成；所问之事和当时的回答不在此页。",
    "zh-Hant": "以上只據卦象寫成；所問之事和當時的回答不在此頁。",
    "en": "This text is composed from the chart alone; the question and its answer are not shown.",
}


class SharedReading(Wire):
    """A reading as others see it.

    Where its user did not want the question shown, `text` is composed from the chart alone.
    """

    locale: str
    question: str | None
    text: str
    chart: dict[str, Any]
    expires_at: str


class ShareView(Wire):
    """A link that the user has given away; only its holder knows it."""

    id: str
    thread_id: str
    include_question: bool
    open: bool
    created_at: str
    expires_at: str


class Sharing(StrictWire):
    """What to share, and for how long."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"threadId": "3f2b8a90-1c4d-4e5f-8a6b-7c8d9e0f1a2b"}]}
    )

    thread_id: Id
    ttl_days: int = Field(default=7, ge=1, le=30, description="Days until the link ends.")
    include_question: bool = Field(
        default=False,
        description="Whether others see the question and the answer to it; else a text composed "
        "from the chart alone.",
    )


class SharedLink(ShareView):
    """The link itself, which is told here and nowhere else."""

    url: str


class SharePage(Page[ShareView]):
    pass


class ShareRoutes:
    """The calls under /shares, and the public page."""

    def __init__(
        self, *, database: Database, shares: ReadingShares, clock: Clock, ids: Ids
    ) -> None:
        self._database = database
        self._shares = shares
        self._clock = clock
        self._ids = ids

    # --- for everybody ----------------------------------------------------------------------

    async def show(self, request: Request) -> Response:
        token = request.path_params["token"]
        row = await self._shares.found(token) if len(token) <= LONGEST_TOKEN else None
        if row is None:
            raise Problem(Code.SHARE_NOT_FOUND, "Nothing is shared under this link.")
        if not self._shares.is_open(row):
            raise Problem(Code.SHARE_GONE, "This link has ended; ask whoever sent it for another.")
        content = json.loads(row.content)
        if wants_json(request):
            shared = SharedReading(**content, expires_at=stamp(row.expires_at))
            return Json(shared, headers=_PRIVATE, nulls=True)
        return _page_of(content, row.expires_at)

    def public_operations(self) -> list[Operation]:
        return [
            Operation(
                "GET",
                "/shared/{token}",
                self.show,
                summary="A reading that its user shared by this link",
                description="A page for people; JSON for those who accept application/json.",
                public=True,
                gives=SharedReading,
                also=(Answer(200, "The page for people.", str, "text/html"),),
                problems=(Code.SHARE_NOT_FOUND, Code.SHARE_GONE),
                tags=("shares",),
            )
        ]

    # --- for the user -----------------------------------------------------------------------

    async def add(self, request: Request) -> Response:
        user_id = require_user(request).id
        asked = await read_json(request, Sharing, invalid=Code.REQUEST_VALIDATION_ERROR)
        row = await self._shares.open(
            Asked(self._ids.new(), user_id, asked.thread_id, asked.ttl_days, asked.include_question)
        )
        view = self._view(row).model_dump()
        return Json(SharedLink(**view, url=self._shares.url(row)), 201, headers=_SECRET)

    async def page(self, request: Request) -> Response:
        place = place_of(request)
        rows = await self._database.read(_page, require_user(request).id, place)
        return place.answer(SharePage, rows, self._view)

    async def revoke(self, request: Request) -> Response:
        user_id, share_id = require_user(request).id, request.path_params["id"]
        now = micros(self._clock.now())
        if not await self._database.run(_revoke, user_id, share_id, now):
            raise Problem(Code.SHARE_NOT_FOUND, "You have shared nothing of this id.")
        return Response(status_code=204)

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "POST",
                "/shares",
                self.add,
                summary="Share a reading by a link that ends by itself",
                description="What the tool share_reading does, asked for by its user. Sharing as "
                "much of a session again gives the link that is open, for as long again.",
                takes=Sharing,
                gives=SharedLink,
                status=201,
                problems=(
                    Code.REQUEST_VALIDATION_ERROR,
                    Code.AGENT_SESSION_NOT_FOUND,
                    Code.AGENT_FORBIDDEN,
                    Code.AGENT_SESSION_WITHOUT_READING,
                ),
                tags=("shares",),
            ),
            Operation(
                "GET",
                "/shares",
                self.page,
                summary="The links that the user has given away and not revoked, newest first",
                gives=SharePage,
                query=PAGE_QUERY,
                problems=(Code.REQUEST_VALIDATION_ERROR,),
                tags=("shares",),
            ),
            Operation(
                "DELETE",
                "/shares/{id}",
                self.revoke,
                summary="End a link at once, for good",
                status=204,
                problems=(Code.SHARE_NOT_FOUND,),
                tags=("shares",),
            ),
        ]

    def _view(self, row: ShareRow) -> ShareView:
        return ShareView(
            id=row.id,
            thread_id=row.session_id,
            include_question=row.include_question,
            open=self._shares.is_open(row),
            created_at=stamp(row.created_at),
            expires_at=stamp(row.expires_at),
        )


def _page(tx: Transaction, user_id: str, place: Place) -> list[ShareRow]:
    return place.rows(tx.shares.page, user_id)


def _revoke(tx: Transaction, user_id: str, share_id: str, now: int) -> bool:
    return tx.shares.revoke(user_id, share_id, now)


def _page_of(content: dict[str, Any], expires_at: int) -> Response:
    locale, chart = content["locale"], content["chart"]
    question = content["question"]
    asked = f"<blockquote>{_prose(question)}</blockquote>" if question else ""
    told = "".join(f"<p>{_prose(part)}</p>" for part in content["text"].split("\n\n"))
    until = _UNTIL.get(locale, _UNTIL["en"]).format(f"{from_micros(expires_at):%Y-%m-%d %H:%M} UTC")
    unasked = "" if question else f"{_UNASKED.get(locale, _UNASKED['en'])} "
    body = f"{asked}{draw(chart)}{told}<p><small>{unasked}{until}</small></p>"
    return page(chart["primary"]["fullName"], body, language=locale, headers=_PRIVATE)


def _prose(text: str) -> str:
    return escape(text.strip()).replace("\n", "<br>")
