"""HTTP for the history."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from runtime.clock import stamp
from runtime.errors import Code
from runtime.features.sessions import service
from runtime.runs.addresses import API, path_session
from runtime.runs.attendance import Attendance
from runtime.runs.frames import EVENT_STREAM
from runtime.runs.inspection import RunView, run_view
from runtime.runs.parts import Show
from runtime.web.identity import require_user
from runtime.web.operation import Json, Operation
from runtime.web.paging import PAGE_QUERY, Page, place_of
from runtime.web.parsing import Wire
from storage.sql.database import Database
from storage.sql.sessions import SessionRow
from tools.base import Tool


class SessionView(Wire):
    """A session in the list."""

    thread_id: str
    title: str
    created_at: str
    updated_at: str


class SessionPage(Page[SessionView]):
    pass


class SessionDetail(SessionView):
    """A session with all that was said in it."""

    messages: list[dict[str, Any]]
    runs: list[RunView]
    interrupts: list[dict[str, Any]]
    limit: int
    used: int
    state: dict[str, Any]


class SessionRoutes:
    """The calls under /sessions that look back."""

    def __init__(
        self,
        *,
        database: Database,
        attendance: Attendance,
        tools: Mapping[str, Tool],
        limit: int,
        show: Show,
    ) -> None:
        self._database = database
        self._attendance = attendance
        self._show = show
        self._tools = tools
        self._limit = limit

    async def page(self, request: Request) -> Response:
        place = place_of(request)
        rows = await self._database.read(service.page, require_user(request).id, place)
        return place.answer(SessionPage, rows, _view)

    async def show(self, request: Request) -> Response:
        user_id, session_id = require_user(request).id, path_session(request)
        told = await self._database.read(service.tell, user_id, session_id, self._tools, self._show)
        await self._attendance.came_back(session_id)
        view = {
            "threadId": told.session.id,
            "title": told.session.title,
            "createdAt": stamp(told.session.created_at),
            "updatedAt": stamp(told.session.updated_at),
            "messages": told.messages,
            "runs": [run_view(run) for run in told.runs],
            "interrupts": told.interrupts,
            "limit": self._limit,
            "used": told.used,
            "state": told.state,
            # The older name of the same document stands beside the state, as the app expects it.
            "divination_derived": told.state.get("divination_derived"),
        }
        return Json(view)

    async def connect(self, request: Request) -> Response:
        user_id, session_id = require_user(request).id, path_session(request)
        url = f"{API}/agent/sessions/{session_id}/events?runId="
        connect = partial(service.connect, show=self._show)
        frames = await self._database.read(connect, user_id, session_id, url, self._tools)
        await self._attendance.came_back(session_id)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return Response(frames, media_type=EVENT_STREAM, headers=headers)

    async def forget(self, request: Request) -> Response:
        user_id, session_id = require_user(request).id, path_session(request)
        await self._database.run(service.forget, user_id, session_id)
        return Response(status_code=204)

    def operations(self) -> list[Operation]:
        own = (
            Code.AGENT_SESSION_ID_INVALID,
            Code.AGENT_SESSION_NOT_FOUND,
            Code.AGENT_FORBIDDEN,
        )
        malformed = Code.AGENT_OUTPUT_DIVINATION_INVALID
        return [
            Operation(
                "GET",
                "/agent/sessions",
                self.page,
                summary="The user's sessions, newest first",
                gives=SessionPage,
                query=PAGE_QUERY,
                problems=(Code.REQUEST_VALIDATION_ERROR,),
                tags=("sessions",),
            ),
            Operation(
                "GET",
                "/agent/sessions/{threadId}",
                self.show,
                summary="One session: messages, runs, open questions, chart",
                gives=SessionDetail,
                problems=(*own, malformed),
                tags=("sessions",),
            ),
            Operation(
                "GET",
                "/agent/sessions/{threadId}/connect",
                self.connect,
                summary="Restore a session in a fresh AG-UI client",
                description="State, messages with their ids, and the open interrupts or the "
                "ending of the last run. A run still under way is named in the last event's "
                "metadata, with the address of its events.",
                stream=True,
                problems=(*own, malformed),
                tags=("sessions",),
            ),
            Operation(
                "DELETE",
                "/agent/sessions/{threadId}",
                self.forget,
                summary="Forget a session, with its runs, events and files",
                status=204,
                problems=(*own, Code.AGENT_SESSION_BUSY),
                tags=("sessions",),
            ),
        ]


def _view(row: SessionRow) -> SessionView:
    return SessionView(
        thread_id=row.id,
        title=row.title,
        created_at=stamp(row.created_at),
        updated_at=stamp(row.updated_at),
    )
