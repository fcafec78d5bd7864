"""HTTP for runs: start, follow, look, cancel, decide."""

from collections.abc import Callable
from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from runtime.clock import Clock
from runtime.errors import Code, Problem
from runtime.ids import is_uuid
from runtime.runs.approvals import Approvals, Decided, Decision, interrupts_of, owned_call
from runtime.runs.coordinator import Admitted, Coordinator
from runtime.runs.inspection import RunView, ToolCallView, call_view, run_view
from runtime.runs.payload import Ask, RunInput, read_ask
from runtime.runs.slots import Slot, StreamSlots
from runtime.runs.stream import Streams, Viewer
from runtime.runs.withdrawal import Withdrawal, owned_run
from runtime.web.identity import require_user
from runtime.web.middleware import Drain
from runtime.web.operation import Answer, Json, Operation, Query
from runtime.web.parsing import Wire, read_json
from runtime.web.sse import EventStream, StreamKeeper
from storage.sql.database import Database
from storage.sql.runs import RunRow
from storage.sql.transaction import Transaction
from tools.approval import CallState

API = "/api/v1"
EVENT_STREAM = "text/event-stream"


class RunAccepted(Wire):
    """A run that has its place in the queue."""

    thread_id: str
    run_id: str
    status: str
    events_url: str
    price: int
    balance: int


class DecisionTaken(Wire):
    """What a decision led to: the run that goes on, or the questions still open."""

    tool_call_id: str
    state: str
    run_id: str | None = None
    events_url: str | None = None
    interrupts: list[dict[str, Any]] = Field(default_factory=list)


class RunRoutes:
    """The calls under /runs, and a session's events."""

    def __init__(
        self,
        *,
        coordinator: Coordinator,
        approvals: Approvals,
        withdrawal: Withdrawal,
        streams: Streams,
        slots: StreamSlots,
        keeper: StreamKeeper,
        database: Database,
        clock: Clock,
        drain: Drain,
        refused: Callable[[str], None],
    ) -> None:
        self._coordinator = coordinator
        self._approvals = approvals
        self._withdrawal = withdrawal
        self._streams = streams
        self._slots = slots
        self._keeper = keeper
        self._database = database
        self._clock = clock
        self._drain = drain
        self._refused = refused

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
        body = await read_json(request, RunInput, invalid=Code.AGENT_RUN_INPUT_INVALID)
        ask = read_ask(body, self._clock.now())
        if not wants_stream(request):
            return accepted(await self._coordinator.start(user_id, ask))
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
            run = (await self._coordinator.start(user_id, ask)).run
        except BaseException:
            viewer.close()
            raise
        if run.attempt == 0:
            return viewer
        viewer.close()  # the same run again: it may have ended long ago
        again = await self._streams.follow(user_id, run.session_id, run.id, None, compact=False)
        assert again is not None, "without a cursor there is always something to tell"
        return again

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
        return self._stream(viewer, slot, until_end=False)

    def _stream(self, viewer: Viewer, slot: Slot, *, until_end: bool) -> Response:
        return EventStream(viewer, self._keeper, release=slot.release, until_end=until_end)

    # --- one run ----------------------------------------------------------------------------

    async def show(self, request: Request) -> Response:
        run = await self._database.read(owned_run, require_user(request).id, path_run(request))
        return Json(run_view(run))

    async def cancel(self, request: Request) -> Response:
        run = await self._withdrawal.cancel(require_user(request).id, path_run(request))
        return Json(run_view(run), 202)

    async def tool_calls(self, request: Request) -> Response:
        user_id, run_id = require_user(request).id, path_run(request)
        calls = await self._database.read(_calls_of, user_id, run_id)
        return Json({"items": [call_view(call) for call in calls]})

    async def tool_call(self, request: Request) -> Response:
        user_id, run_id = require_user(request).id, path_run(request)
        call = await self._database.read(owned_call, user_id, run_id, path_call(request))
        view = call_view(call)
        match call.state:
            case CallState.REJECTED | CallState.EXPIRED:
                raise Problem(Code.TOOL_REJECTED, call.reason or "The call was not approved.")
            case CallState.WAITING:
                pending = Code.TOOL_PENDING_APPROVAL
                interrupt = interrupts_of([call], self._approvals.tools)[0]
                head = {"code": pending.name, "title": pending.title, "interrupt": interrupt}
                return Json(head | view.model_dump(by_alias=True, exclude_none=True), 202)
        return Json(view)

    async def decide(self, request: Request) -> Response:
        user_id, run_id = require_user(request).id, path_run(request)
        decision = await read_json(request, Decision, invalid=Code.AGENT_DECISION_INVALID)
        decided = await self._approvals.decide(user_id, run_id, path_call(request), decision)
        open_calls = await self._database.read(_open_calls, decided.call.session_id)
        interrupts = interrupts_of(open_calls, self._approvals.tools)
        return Json(_taken(decided, interrupts), 202 if decided.continuation else 200)

    # --- their declarations -----------------------------------------------------------------

    def operations(self) -> list[Operation]:
        own_run = (Code.AGENT_RUN_NOT_FOUND, Code.AGENT_FORBIDDEN)
        own_call = (*own_run, Code.AGENT_TOOL_CALL_NOT_FOUND)
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
                also=(Answer(200, "The run's events, from the first.", EVENT_STREAM),),
                problems=START_PROBLEMS,
                stream=True,
                tags=("runs",),
            ),
            Operation(
                "GET",
                "/agent/sessions/{threadId}/events",
                self.events,
                summary="Follow a run's events, or resume after the last one seen",
                gives_type=EVENT_STREAM,
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
            Operation(
                "GET",
                "/agent/runs/{runId}/tool-calls",
                self.tool_calls,
                summary="Every tool call of a run",
                gives=ToolCallView,
                problems=own_run,
                tags=("tools",),
            ),
            Operation(
                "GET",
                "/agent/runs/{runId}/tool-calls/{toolCallId}",
                self.tool_call,
                summary="One tool call: its result, or what it waits for",
                gives=ToolCallView,
                also=(Answer(202, "It waits for the user: TOOL_PENDING_APPROVAL."),),
                problems=(*own_call, Code.TOOL_REJECTED),
                tags=("tools",),
            ),
            Operation(
                "POST",
                "/agent/runs/{runId}/tool-calls/{toolCallId}/decision",
                self.decide,
                summary="Approve or reject a tool call",
                description="The first decision stands. Once none is open, the reading goes on by "
                "itself, in the run that the answer names.",
                takes=Decision,
                gives=DecisionTaken,
                status=202,
                also=(Answer(200, "Other calls of the run still wait.", DecisionTaken),),
                problems=(
                    *own_call,
                    Code.AGENT_DECISION_INVALID,
                    Code.AGENT_APPROVAL_DECIDED,
                    Code.AGENT_APPROVAL_EXPIRED,
                ),
                tags=("tools",),
            ),
        ]


START_PROBLEMS = (
    Code.AGENT_RUN_INPUT_INVALID,
    Code.AGENT_SESSION_ID_INVALID,
    Code.AGENT_RUNTIME_MODE_INVALID,
    Code.AGENT_RUN_MESSAGES_INVALID,
    Code.AGENT_DIVINATION_PAYLOAD_REQUIRED,
    Code.AGENT_PAYLOAD_INVALID,
    Code.AGENT_SSE_CONNECTION_LIMIT,
    Code.AGENT_FORBIDDEN,
    Code.AGENT_SESSION_NOT_FOUND,
    Code.AGENT_SESSION_BUSY,
    Code.AGENT_SESSION_RUN_LIMIT_EXCEEDED,
    Code.AGENT_SESSION_HAS_READING,
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
    return EVENT_STREAM in request.headers.get("accept", "")


def events_url(run: RunRow) -> str:
    return f"{API}/agent/sessions/{run.session_id}/events?runId={run.id}"


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


def path_session(request: Request) -> str:
    session_id: str = request.path_params["threadId"]
    if not is_uuid(session_id):
        raise Problem(Code.AGENT_SESSION_ID_INVALID, "A session's id is a UUID in lower case.")
    return session_id


def path_run(request: Request) -> str:
    run_id: str = request.path_params["runId"]
    if not is_uuid(run_id):
        raise Problem(Code.AGENT_RUN_NOT_FOUND, "There is no such run.")
    return run_id


def path_call(request: Request) -> str:
    call_id: str = request.path_params["toolCallId"]
    if not is_uuid(call_id):
        raise Problem(Code.AGENT_TOOL_CALL_NOT_FOUND, "There is no such tool call in this run.")
    return call_id


def _calls_of(tx: Transaction, user_id: str, run_id: str) -> list[Any]:
    return list(tx.tool_calls.of_run(owned_run(tx, user_id, run_id).id))


def _open_calls(tx: Transaction, session_id: str) -> list[Any]:
    return list(tx.tool_calls.open_in(session_id))


def _taken(decided: Decided, interrupts: list[dict[str, Any]]) -> DecisionTaken:
    run = decided.continuation
    return DecisionTaken(
        tool_call_id=decided.call.id,
        state=decided.call.state,
        run_id=run.id if run else None,
        events_url=events_url(run) if run else None,
        interrupts=interrupts,
    )
