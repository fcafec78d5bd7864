"""Everything that admits, drives and shows runs, from the settings; nothing started."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from runtime.agent.models.base import ChatModel
from runtime.clock import Clock
from runtime.home import room
from runtime.ids import Ids
from runtime.media.parts import Media
from runtime.runs.approvals import Approvals
from runtime.runs.attendance import Attendance
from runtime.runs.charging import Wallet
from runtime.runs.coordinator import Coordinator
from runtime.runs.enclosures import Enclosures, enclosures_from
from runtime.runs.endings import Count
from runtime.runs.limits import RunLimit
from runtime.runs.notices import Notices
from runtime.runs.performance import Limits, Performer
from runtime.runs.slots import StreamSlots
from runtime.runs.stream import Streams
from runtime.runs.suggesting import Suggester
from runtime.runs.withdrawal import Withdrawal
from runtime.runs.worker import Worker, WorkerSettings
from runtime.settings import Settings
from runtime.web.sse import StreamKeeper
from storage.events.base import EventLog
from storage.leases.base import Leases
from storage.sql.database import Database
from storage.sql.runs import RunKind
from storage.wake.base import Wake
from tools.base import Tool
from tools.ports import Ports

# Makes a worker under this name: a process's own, or a second pair of hands beside it.
Hire = Callable[[Database, str], Worker]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunParts:
    """What answers requests: from a run's admission to the last byte of its stream."""

    enclosures: Enclosures
    approvals: Approvals
    coordinator: Coordinator
    withdrawal: Withdrawal
    streams: Streams
    slots: StreamSlots
    keeper: StreamKeeper
    attendance: Attendance


def runs_from(
    settings: Settings,
    *,
    database: Database,
    events: EventLog,
    wake: Wake,
    leases: Leases,
    media: Media,
    wallet: Wallet,
    notices: Notices,
    tools: Mapping[str, Tool],
    clock: Clock,
    ids: Ids,
) -> RunParts:
    enclosures = enclosures_from(settings, database=database, media=media)
    approvals = Approvals(
        database=database, wake=wake, wallet=wallet, tools=tools, clock=clock, ids=ids
    )
    coordinator = Coordinator(
        database=database,
        room=room(settings),
        wake=wake,
        wallet=wallet,
        approvals=approvals,
        tools=tools,
        limit=RunLimit(settings.session_user_messages),
        prices={
            RunKind.DIVINATION: settings.price_divination,
            RunKind.FOLLOW_UP: settings.price_follow_up,
        },
        clock=clock,
        ids=ids,
    )
    streams = Streams(database=database, events=events, tools=tools, show=enclosures.shown)
    attendance = Attendance(
        database=database,
        notices=notices,
        clock=clock,
        seconds=settings.ready_notice_seconds,
        is_followed=streams.is_followed,
    )
    keeper = StreamKeeper(
        heartbeat_seconds=settings.heartbeat_seconds, stream_seconds=settings.stream_minutes * 60
    )
    return RunParts(
        enclosures=enclosures,
        approvals=approvals,
        coordinator=coordinator,
        withdrawal=Withdrawal(database=database, wake=wake, approvals=approvals),
        streams=streams,
        slots=StreamSlots(leases, ids, per_user=settings.streams_per_user),
        keeper=keeper,
        attendance=attendance,
    )


def workers_from(
    settings: Settings,
    runs: RunParts,
    *,
    events: EventLog,
    wake: Wake,
    model: ChatModel,
    wallet: Wallet,
    notices: Notices,
    tools: Mapping[str, Tool],
    ports: Ports,
    clock: Clock,
    ids: Ids,
    count: Count,
) -> Hire:
    performer = partial(
        Performer,
        events=events,
        wallet=wallet,
        model=model,
        suggester=_suggester(settings, model),
        tools=tools,
        ports=ports,
        notices=notices,
        enclosures=runs.enclosures,
        attendance=runs.attendance,
        clock=clock,
        ids=ids,
        limits=_limits(settings),
        count=count,
    )
    pace = _pace(settings)
    return lambda database, name: Worker(
        name=name,
        database=database,
        wake=wake,
        performer=performer(database=database),
        clock=clock,
        settings=pace,
    )


def _pace(settings: Settings) -> WorkerSettings:
    return WorkerSettings(
        most_runs=settings.worker_runs,
        lease_seconds=settings.lease_seconds,
        run_seconds=settings.run_seconds,
    )


def _suggester(settings: Settings, model: ChatModel) -> Suggester:
    return Suggester(
        model=model,
        most=settings.follow_up_suggestions,
        seconds=settings.suggestion_seconds,
        session_user_messages=settings.session_user_messages,
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
