"""HTTP for runs: start, follow, look, cancel."""

from collections.abc import Callable, Collection
from math import inf

from starlette.requests import Request
from starlette.responses import Response

from runtime.clock import Clock
from runtime.errors import Code, Problem
from runtime.ids import is_uuid
from runtime.runs.addresses import API, events_url, path_run, path_session
from runtime.runs.attendance import Attendance
from runtime.runs.coordinator import Admitted, Coordinator
from runtime.runs.enclosures import Enclosures
from runtime.runs.finding import owned_run
from runtime.runs.frames import EVENT_STREAM
from runtime.runs.input import RunInput
from runtime.runs.inspection import RunView, run_view
from runtime.runs.payload import Ask, in_payload, read_ask, read_parts
from runtime.runs.slots import Slot, StreamSlots
from runtime.runs.stream import Streams, Viewer
from runtime.runs.withdrawal import Withdrawal
from runtime.web.identity import require_user
from runtime.web.middleware import Drain
from runtime.web.operation import Answer, Json, Operation, Query
from runtime.web.parsing import Wire, read_json
from runtime.web.sse import EventStream, StreamKeeper
from storage.sql.database import Database


class RunAccepted(Wire):
    """A run that has its place in the queue."""

    thread_id: str
    run_id: str
    status: str
    events_url: str
    price: int
    balance: int


class RunRoutes:
    """The calls under /runs, and a session's events."""

    def __init__(
        self,
        *,
        coordinator: Coordinator,
        enclosures: Enclosures,
        withdrawal: Withdrawal,
        streams: Streams,
        slots: StreamSlots,
        keeper: StreamKeeper,
        database: Database,
        clock: Clock,
        drain: Drain,
        attendance: Attendance,
        refused: Callable[[str], None],
        tool_names: Collection[str],
    ) -> None:
        self._coordinator = coordinator
        self._enclosures = enclosures
        self._withdrawal = withdrawal
        self._streams = streams
        self._slots = slots
        self._keeper = keeper
        self._database = database
        self._clock = clock
        self._drain = drain
        self._attendance = attendance
        self._refused = refused
        self._tool_names = tool_names

    # --- POST /agent/runs -------------------------------------------------------------------

    async def start(self, request: Request) -> Response:
        try:
            return await self._start(request)
        except Problem as problem:
            self._refused(problem.code.name)
            raise

    async def _start(self, request: Request) -> Response:
        user_id = require_user(request).id
        if self._drain.is_draining:
            raise Problem(Code.SERVER_DRAINING, "This server is going down; ask again.")
        try:
            body = await read_json(request, RunInput, invalid=Code.AGENT_RUN_INPUT_INVALID)
        except Problem as refused:
            raise in_payload(refused) from None
        parts = read_parts(body, self._tool_names)
        files = await self._enclosures.bring(user_id, body.run_id, parts)
        ask = read_ask(body, self._clock.now(), self._tool_names, files)
        if not wants_stream(request):
            return accepted(await self._admit(user_id, ask))
        slot = await self._slots.take(user_id)  # before the charge: a refusal is free
        try:
            viewer = await self._start_and_follow(user_id, ask)
        except BaseException:
            await slot.release()
            raise
        return self._stream(viewer, slot, until_end=True)

    async def _start_and_follow(self, user_id: str, ask: Ask) -> Viewer:
        """Listen first: the run may be over before its admission is answered."""
        viewer = self._streams.follow_new(ask.run_id)
        try:
            run = (await self._admit(user_id, ask)).run
        except BaseException:
            viewer.close()
            raise
        if run.attempt == 0:
            viewer.tag = run.log_tag
            return viewer
        viewer.close()  # the same run again: it may have ended long ago
        again = await self._streams.follow(user_id, run.session_id, run.id, None, compact=False)
        assert again is not None, "without a cursor there is always something to tell"
        return again

    async def _admit(self, user_id: str, ask: Ask) -> Admitted:
        files = ask.message.files if ask.message else ()
        async with self._enclosures.kept(user_id, files):
            return await self._coordinator.start(user_id, ask)

    # --- GET /agent/sessions/{threadId}/events ----------------------------------------------

    async def events(self, request: Request) -> Response:
        user_id = require_user(request).id
        session_id = path_session(request)
        run_id = request.query_params.get("runId", "")
        if not is_uuid(run_id):
            raise Problem(Code.AGENT_INVALID_RUN_ID, "The query needs runId, a UUID.")
        cursor = request.headers.get("last-event-id") or request.query_params.get("lastEventId")
        compact = request.query_params.get("compact") == "true"
        slot = await self._slots.take(user_id)
        try:
            viewer = await self._streams.follow(
                user_id, session_id, run_id, cursor, compact=compact
            )
        except BaseException:
            await slot.release()
            raise
        if viewer is None:
            await slot.release()
            return Response(status_code=204)
        return self._stream(viewer, slot, until_end=False, lasting=self._lasting(request))

    def _lasting(self, request: Request) -> float:
        """How long the token is good for: its stream ends with it, and goes on with the next."""
        return require_user(request).until - self._clock.now().timestamp()

    def _stream(
        self, viewer: Viewer, slot: Slot, *, until_end: bool, lasting: float = inf
    ) -> Response:
        return EventStream(
            viewer, self._keeper, release=slot.release, until_end=until_end, lasting=lasting
        )

    # --- one run ----------------------------------------------------------------------------

    async def show(self, request: Request) -> Response:
        run = await self._database.read(owned_run, require_user(request).id, path_run(request))
        if not run.under_way:
            await self._attendance.came_back(run.session_id)
        return Json(run_view(run))

    async def cancel(self, request: Request) -> Response:
        run = await self._withdrawal.cancel(require_user(request).id, path_run(request))
        return Json(run_view(run), 202)

    # --- their declarations -----------------------------------------------------------------

    def operations(self) -> list[Operation]:
        own_run = (Code.AGENT_RUN_NOT_FOUND, Code.AGENT_FORBIDDEN)
        return [
            Operation(
                "POST",
                "/agent/runs",
                self.start,
                summary="Start a divination, send a follow-up, or answer an approval",
                description="With `Accept: text/event-stream` the answer is the run's own stream, "
                "which ends with the run and not before. The same runId with the same body is the "
                "same run.",
                takes=RunInput,
                gives=RunAccepted,
                status=202,
                also=(Answer(200, "The run's events, from the first."),),
                problems=START_PROBLEMS,
                stream=True,
                tags=("runs",),
            ),
            Operation(
                "GET",
                "/agent/sessions/{threadId}/events",
                self.events,
                summary="Follow a run's events, or resume after the last one seen",
                also=(Answer(204, "The cursor is the end of a finished run."),),
                query=(
                    Query("runId", "The run to follow.", required=True),
                    Query("Last-Event-ID", "Go on right after this event.", where="header"),
                    Query("lastEventId", "The same, for clients that cannot set the header."),
                    Query("compact", "`true` joins the deltas so far of each message."),
                ),
                problems=EVENTS_PROBLEMS,
                stream=True,
                tags=("runs",),
            ),
            Operation(
                "GET",
                "/agent/runs/{runId}",
                self.show,
                summary="A run's status, price, times, error and token usage",
                gives=RunView,
                problems=own_run,
                tags=("runs",),
            ),
            Operation(
                "POST",
                "/agent/runs/{runId}/cancel",
                self.cancel,
                summary="Call a run off",
                description="The run ends with the outcome `cancelled`; its points come back if it "
                "had not said a word. Cancelling a run that has ended changes nothing.",
                gives=RunView,
                status=202,
                problems=own_run,
                tags=("runs",),
            ),
        ]


START_PROBLEMS = (
    Code.AGENT_RUN_INPUT_INVALID,
    Code.AGENT_SESSION_ID_INVALID,
    Code.AGENT_RUNTIME_MODE_INVALID,
    Code.AGENT_RUN_MESSAGES_INVALID,
    Code.AGENT_ATTACHMENTS_TOO_MANY,
    Code.AGENT_FILES_TOO_OFTEN,
    Code.AGENT_ATTACHMENT_EMPTY,
    Code.AGENT_ATTACHMENT_TOO_LARGE,
    Code.AGENT_ATTACHMENT_UNSUPPORTED_TYPE,
    Code.AGENT_ATTACHMENT_PATH_SCOPE_INVALID,
    Code.AGENT_ATTACHMENT_UPLOAD_FAILED,
    Code.AGENT_ATTACHMENT_STORAGE_UNAVAILABLE,
    Code.AGENT_ATTACHMENTS_FULL,
    Code.INVALID_BINARY_URL_HOST,
    Code.INVALID_BINARY_URL_BUCKET,
    Code.INVALID_BINARY_URL_PATH_SCOPE,
    Code.AGENT_DIVINATION_PAYLOAD_REQUIRED,
    Code.AGENT_PAYLOAD_INVALID,
    Code.AGENT_SSE_CONNECTION_LIMIT,
    Code.AGENT_FORBIDDEN,
    Code.AGENT_SESSION_NOT_FOUND,
    Code.AGENT_SESSION_BUSY,
    Code.AGENT_SESSION_RUN_LIMIT_EXCEEDED,
    Code.AGENT_SESSION_HAS_READING,
    Code.AGENT_SESSION_WITHOUT_READING,
    Code.POINTS_INSUFFICIENT_BALANCE,
    Code.AGENT_DECISION_INVALID,
    Code.AGENT_APPROVAL_DECIDED,
    Code.AGENT_APPROVAL_EXPIRED,
    Code.AUTH_USER_NOT_FOUND,
    Code.SERVER_DRAINING,
    Code.STORAGE_UNAVAILABLE,
)
EVENTS_PROBLEMS = (
    Code.AGENT_SESSION_ID_INVALID,
    Code.AGENT_SESSION_NOT_FOUND,
    Code.AGENT_FORBIDDEN,
    Code.AGENT_INVALID_RUN_ID,
    Code.AGENT_INVALID_LAST_EVENT_ID,
    Code.AGENT_LOG_GONE,
    Code.AGENT_SSE_CONNECTION_LIMIT,
    Code.AGENT_OUTPUT_DIVINATION_INVALID,
)


def wants_stream(request: Request) -> bool:
    return EVENT_STREAM in request.headers.get("accept", "").lower()


def accepted(admitted: Admitted) -> Response:
    run = admitted.run
    body = RunAccepted(
        thread_id=run.session_id,
        run_id=run.id,
        status=run.status,
        events_url=events_url(run),
        price=run.price,
        balance=admitted.balance,
    )
    return Json(body, 202, headers={"Location": f"{API}/agent/runs/{run.id}"})
