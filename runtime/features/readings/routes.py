"""HTTP for the journal: saved readings, listed, read again, removed."""

import json
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from runtime.clock import stamp
from runtime.errors import Code, Problem
from runtime.runs.transcript import reading_text
from runtime.web.identity import require_user
from runtime.web.operation import Json, Operation
from runtime.web.paging import PAGE_QUERY, Page, Place, place_of
from runtime.web.parsing import Wire
from storage.sql.database import Database
from storage.sql.readings import SavedReadingRow
from storage.sql.transaction import Transaction


class SavedReadingView(Wire):
    """A reading in the journal."""

    id: str
    thread_id: str
    title: str
    note: str
    created_at: str


class SavedReadingPage(Page[SavedReadingView]):
    pass


class SavedReadingDetail(SavedReadingView):
    """A saved reading, with what was asked and said, as long as its session is kept."""

    question: str | None
    text: str | None
    divination_derived: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Kept:
    """A saved reading and what its session still tells of it."""

    row: SavedReadingRow
    question: str | None = None
    text: str | None = None
    derived: dict[str, Any] | None = None


class ReadingRoutes:
    """The calls under /readings."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def page(self, request: Request) -> Response:
        place = place_of(request)
        rows = await self._database.read(_page, require_user(request).id, place)
        return place.answer(SavedReadingPage, rows, _view)

    async def show(self, request: Request) -> Response:
        user_id, reading_id = require_user(request).id, request.path_params["id"]
        kept = await self._database.read(_kept, user_id, reading_id)
        more = {"question": kept.question, "text": kept.text, "divination_derived": kept.derived}
        return Json(_view(kept.row).model_dump(by_alias=True) | more, nulls=True)

    async def remove(self, request: Request) -> Response:
        user_id, reading_id = require_user(request).id, request.path_params["id"]
        if not await self._database.run(_remove, user_id, reading_id):
            raise _not_found()
        return Response(status_code=204)

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "GET",
                "/readings",
                self.page,
                summary="The readings that the user saved, newest first",
                gives=SavedReadingPage,
                query=PAGE_QUERY,
                problems=(Code.REQUEST_VALIDATION_ERROR,),
                tags=("readings",),
            ),
            Operation(
                "GET",
                "/readings/{id}",
                self.show,
                summary="A saved reading, with its question, text and chart while they are kept",
                gives=SavedReadingDetail,
                problems=(Code.READING_NOT_FOUND,),
                tags=("readings",),
            ),
            Operation(
                "DELETE",
                "/readings/{id}",
                self.remove,
                summary="Remove a saved reading; its session stays",
                status=204,
                problems=(Code.READING_NOT_FOUND,),
                tags=("readings",),
            ),
        ]


def _page(tx: Transaction, user_id: str, place: Place) -> list[SavedReadingRow]:
    return place.rows(tx.readings.page, user_id)


def _kept(tx: Transaction, user_id: str, reading_id: str) -> _Kept:
    row = tx.readings.get(user_id, reading_id)
    if row is None:
        raise _not_found()
    session = tx.sessions.get(row.session_id)
    if session is None or session.user_id != user_id:
        return _Kept(row)
    cast = json.loads(session.cast) if session.cast else {}
    derived = json.loads(session.derived) if session.derived else None
    return _Kept(row, cast.get("question"), reading_text(tx, session.id), derived)


def _remove(tx: Transaction, user_id: str, reading_id: str) -> bool:
    return tx.readings.remove(user_id, reading_id)


def _not_found() -> Problem:
    return Problem(Code.READING_NOT_FOUND, "You have no such reading.")


def _view(row: SavedReadingRow) -> SavedReadingView:
    return SavedReadingView(
        id=row.id,
        thread_id=row.session_id,
        title=row.title,
        note=row.note,
        created_at=stamp(row.created_at),
    )
