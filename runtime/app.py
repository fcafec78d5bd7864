"""The composition root: settings → all parts, nothing started → the ASGI application."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property, partial

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from runtime import __version__
from runtime.agent.models import model_from
from runtime.agent.models.base import ChatModel
from runtime.clock import Clock, SystemClock
from runtime.errors import Code, Problem
from runtime.features.auth.accounts import Accounts
from runtime.features.auth.tokens import Tokens
from runtime.features.drawings.folder import DrawingFolder
from runtime.features.drawings.routes import FileRoutes
from runtime.features.notifications.notices import StoredNotices
from runtime.features.notifications.routes import NotificationRoutes
from runtime.features.points.routes import PointsRoutes, Prices
from runtime.features.points.wallet import PointsWallet
from runtime.features.profile.facts import StoredFacts
from runtime.features.readings.history import SqlPastReadings
from runtime.features.readings.journal import SqlReadingJournal
from runtime.features.readings.routes import ReadingRoutes
from runtime.features.reminders.reminders import StoredReminders
from runtime.features.sessions.routes import SessionRoutes
from runtime.features.shares.routes import ShareRoutes
from runtime.features.shares.shares import ReadingShares
from runtime.home import database_url, files_folder, signing_key
from runtime.ids import Ids
from runtime.ops.metrics import Metrics
from runtime.ops.routes import OpsRoutes
from runtime.runs.addresses import API
from runtime.runs.approvals import Approvals
from runtime.runs.capabilities import CapabilityRoutes
from runtime.runs.coordinator import Coordinator
from runtime.runs.events import event_schemas
from runtime.runs.limits import RunLimit
from runtime.runs.performance import Limits, Performer
from runtime.runs.recovery import Sweeper, reclaim
from runtime.runs.routes import RunRoutes
from runtime.runs.slots import StreamSlots
from runtime.runs.stream import Streams
from runtime.runs.tool_routes import ToolRoutes
from runtime.runs.withdrawal import Withdrawal
from runtime.runs.worker import Worker, WorkerSettings
from runtime.settings import Settings
from runtime.web.middleware import Drain, harden
from runtime.web.openapi import Info, document
from runtime.web.operation import Operation, routes
from runtime.web.problems import ProblemPages, exception_handlers, problem_response
from runtime.web.sse import StreamKeeper
from storage.blobs import blobs_from
from storage.blobs.base import Blobs
from storage.errors import StorageUnavailable
from storage.events.sqlite import SqliteEventLog
from storage.leases.memory import MemoryLeases
from storage.sql import database_from
from storage.sql.database import Database
from storage.sql.runs import RunKind
from storage.wake.memory import MemoryWake
from tools.base import Tool
from tools.ports import Ports
from tools.registry import load as load_tools

TITLE = "eryao"
ABOUT = "Metered, resumable agent runs, with tools that ask first. Streams speak AG-UI 1.0."


@dataclass(frozen=True, kw_only=True)
class Eryao:
    """Every part of one server, introduced to each other, none of them started."""

    settings: Settings
    clock: Clock
    ids: Ids
    database: Database
    blobs: Blobs
    events: SqliteEventLog
    wake: MemoryWake
    wallet: PointsWallet
    accounts: Accounts
    tokens: Tokens
    notices: StoredNotices
    shares: ReadingShares
    ports: Ports
    approvals: Approvals
    coordinator: Coordinator
    withdrawal: Withdrawal
    streams: Streams
    slots: StreamSlots
    keeper: StreamKeeper
    model: ChatModel
    sweeper: Sweeper
    drain: Drain
    metrics: Metrics
    tools: Mapping[str, Tool]

    @cached_property
    def worker(self) -> Worker:
        """This process's own hands."""
        return make_worker(self, self.database, self.ids.new())


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    tools: Mapping[str, Tool] | None = None,
    database: Database | None = None,
) -> Eryao:
    clock = clock or SystemClock()
    ids = Ids(clock)
    tools = tools or load_tools()
    database = database or database_from(database_url(settings))
    wake = MemoryWake()
    events = SqliteEventLog(database, window=settings.flush_ms / 1000)
    wallet = PointsWallet(clock=clock, ids=ids)
    approvals = Approvals(
        database=database, wake=wake, wallet=wallet, tools=tools, clock=clock, ids=ids
    )
    blobs = blobs_from(settings.blob_url, files_folder(settings))
    notices = StoredNotices(clock=clock, ids=ids)
    reminders = StoredReminders(database=database, notices=notices, clock=clock)
    drawings = DrawingFolder(
        database=database, blobs=blobs, clock=clock, most=settings.drawings_per_user
    )
    shares = ReadingShares(
        database=database,
        clock=clock,
        key=signing_key(settings),
        public_url=settings.public_url,
    )
    return Eryao(
        settings=settings,
        clock=clock,
        ids=ids,
        database=database,
        blobs=blobs,
        notices=notices,
        shares=shares,
        ports=Ports(
            journal=SqlReadingJournal(database=database, clock=clock),
            history=SqlPastReadings(database),
            reminders=reminders,
            shares=shares,
            profile=StoredFacts(database=database, clock=clock),
            drawings=drawings,
        ),
        events=events,
        wake=wake,
        wallet=wallet,
        accounts=Accounts(
            wallet=wallet, clock=clock, ids=ids, signup_points=settings.signup_points
        ),
        tokens=Tokens(
            key=signing_key(settings),
            access_seconds=settings.access_token_seconds,
            clock=clock,
            ids=ids,
        ),
        approvals=approvals,
        coordinator=Coordinator(
            database=database,
            wake=wake,
            wallet=wallet,
            approvals=approvals,
            limit=RunLimit(settings.session_user_messages),
            prices={
                RunKind.DIVINATION: settings.price_divination,
                RunKind.FOLLOW_UP: settings.price_follow_up,
            },
            clock=clock,
            ids=ids,
        ),
        withdrawal=Withdrawal(database=database, wake=wake, approvals=approvals),
        streams=Streams(database=database, events=events, tools=tools),
        slots=StreamSlots(MemoryLeases(), ids, per_user=settings.streams_per_user),
        keeper=StreamKeeper(
            heartbeat_seconds=settings.heartbeat_seconds,
            stream_seconds=settings.stream_minutes * 60,
        ),
        sweeper=Sweeper(
            database=database,
            approvals=approvals,
            clock=clock,
            log_retention_days=settings.log_retention_days,
            chores=(reminders.sweep, drawings.sweep, shares.sweep),
        ),
        drain=Drain(),
        metrics=Metrics(),
        tools=tools,
        model=model_from(settings),
    )


def make_worker(eryao: Eryao, database: Database, name: str) -> Worker:
    """Hands for this server: its own, or a second pair beside them."""
    settings = eryao.settings
    performer = Performer(
        database=database,
        events=eryao.events,
        wallet=eryao.wallet,
        model=eryao.model,
        tools=eryao.tools,
        ports=eryao.ports,
        notices=eryao.notices,
        clock=eryao.clock,
        ids=eryao.ids,
        limits=_limits(settings),
        count=eryao.metrics.ended,
    )
    return Worker(
        name=name,
        database=database,
        wake=eryao.wake,
        performer=performer,
        clock=eryao.clock,
        settings=WorkerSettings(
            most_runs=settings.worker_runs,
            lease_seconds=settings.lease_seconds,
            run_seconds=settings.run_seconds,
        ),
    )


def _limits(settings: Settings) -> Limits:
    return Limits(
        max_steps=settings.max_steps,
        first_token_seconds=settings.first_token_seconds,
        silence_seconds=settings.silence_seconds,
        tool_seconds=settings.tool_seconds,
        approval_seconds=settings.approval_seconds,
        join_deltas=settings.join_deltas,
    )


# --- the application ---------------------------------------------------------------------------


def asgi(eryao: Eryao, *, works: bool = True) -> ASGIApp:
    """The application; `works` starts the worker and the sweep in the same process."""
    operations = api_operations(eryao)
    eryao.metrics.active_runs.set_function(lambda: eryao.worker.active)
    eryao.metrics.open_streams.set_function(lambda: len(eryao.keeper))
    pages = [*_pages(eryao), *_ops(eryao, operations).operations()]
    app = Starlette(
        routes=[*routes(operations, API, eryao.tokens), *routes(pages)],
        exception_handlers={**exception_handlers(), StorageUnavailable: _on_unavailable},
        lifespan=partial(_lifespan, eryao=eryao, works=works),
    )
    return harden(app, eryao.settings, eryao.ids, observe=eryao.metrics.observe)


def api_operations(eryao: Eryao) -> list[Operation]:
    settings = eryao.settings
    runs = RunRoutes(
        coordinator=eryao.coordinator,
        withdrawal=eryao.withdrawal,
        streams=eryao.streams,
        slots=eryao.slots,
        keeper=eryao.keeper,
        database=eryao.database,
        clock=eryao.clock,
        drain=eryao.drain,
        refused=eryao.metrics.refused,
        tool_names=eryao.tools.keys(),
    )
    calls = ToolRoutes(approvals=eryao.approvals, database=eryao.database)
    sessions = SessionRoutes(
        database=eryao.database, tools=eryao.tools, limit=settings.session_user_messages
    )
    prices = Prices(divination=settings.price_divination, follow_up=settings.price_follow_up)
    points = PointsRoutes(database=eryao.database, wallet=eryao.wallet, prices=prices)
    readings = ReadingRoutes(database=eryao.database)
    notifications = NotificationRoutes(database=eryao.database, clock=eryao.clock)
    files = FileRoutes(database=eryao.database, blobs=eryao.blobs)
    capabilities = CapabilityRoutes(eryao.tools, settings)
    return [
        *runs.operations(),
        *calls.operations(),
        *sessions.operations(),
        *capabilities.operations(),
        *points.operations(),
        *readings.operations(),
        *notifications.operations(),
        *_share_routes(eryao).operations(),
        *files.operations(),
    ]


def _share_routes(eryao: Eryao) -> ShareRoutes:
    return ShareRoutes(database=eryao.database, shares=eryao.shares, clock=eryao.clock)


def _pages(eryao: Eryao) -> list[Operation]:
    """What is open to everybody, outside of the API."""
    return [*ProblemPages().operations(), *_share_routes(eryao).public_operations()]


def openapi(eryao: Eryao, operations: list[Operation]) -> Mapping[str, object]:
    groups = {API: operations, "": [*_pages(eryao), *_ops(eryao, operations).operations()]}
    return document(Info(TITLE, __version__, ABOUT), groups, event_schemas())


def _ops(eryao: Eryao, operations: list[Operation]) -> OpsRoutes:
    return OpsRoutes(
        ready=partial(_ready, eryao),
        drain=eryao.drain,
        metrics=eryao.metrics,
        document=lambda: openapi(eryao, operations),
    )


async def _ready(eryao: Eryao) -> Mapping[str, bool]:
    try:
        with anyio.fail_after(2):
            await eryao.database.run(lambda _tx: None)
    except (StorageUnavailable, TimeoutError):
        return {"database": False}
    return {"database": True}


async def _on_unavailable(request: Request, _exc: Exception) -> Response:
    problem = Problem(Code.STORAGE_UNAVAILABLE, "The store did not take this; nothing was kept.")
    return problem_response(problem, request.scope)


@asynccontextmanager
async def _lifespan(_app: Starlette, *, eryao: Eryao, works: bool) -> AsyncGenerator[None]:
    async with running(eryao, works=works):
        yield


@asynccontextmanager
async def running(eryao: Eryao, *, works: bool = True) -> AsyncGenerator[None]:
    """All parts at work; at the end they stop in an order in which nothing is lost."""
    async with AsyncExitStack() as stack:
        stack.callback(eryao.database.close)
        stack.push_async_callback(eryao.model.aclose)
        if works:
            await eryao.database.run(reclaim)
        tasks = await stack.enter_async_context(anyio.create_task_group())
        for part in (eryao.events, eryao.streams, eryao.slots, eryao.keeper):
            tasks.start_soon(part.run)
        if works:
            tasks.start_soon(eryao.worker.run)
            tasks.start_soon(eryao.sweeper.run)
        try:
            yield
        finally:
            tasks.cancel_scope.cancel()


async def drain(eryao: Eryao) -> None:
    """Go down gently: refuse the new, finish what runs, hand back the rest, then let go."""
    eryao.drain.begin()
    eryao.keeper.drain()
    await eryao.worker.finish(grace=eryao.settings.grace_seconds)
    await eryao.keeper.cut()
