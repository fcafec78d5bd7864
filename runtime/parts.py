"""The composition root: settings → every part of the server, nothing started.

Each group is built where it lives; here it is told which others it works with.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from runtime.agent.models import model_from
from runtime.agent.models.base import ChatModel
from runtime.clock import Clock, SystemClock
from runtime.features.auth.keys import Keyring
from runtime.features.auth.parts import SignIn, sign_in_from
from runtime.features.drawings.folder import DrawingFolder
from runtime.features.feedback.parts import FeedbackParts, feedback_from
from runtime.features.invites.invites import Invites, invites_from
from runtime.features.notifications.notices import StoredNotices
from runtime.features.payments.books import forget_buyer
from runtime.features.payments.parts import PaymentParts, payments_from
from runtime.features.points.identity import identity_hashes
from runtime.features.points.wallet import PointsWallet
from runtime.features.profile.facts import StoredFacts
from runtime.features.profile.parts import ProfileParts, profile_from
from runtime.features.readings.history import SqlPastReadings
from runtime.features.readings.journal import SqlReadingJournal
from runtime.features.reminders.reminders import StoredReminders
from runtime.features.shares.shares import ReadingShares
from runtime.home import database_url, signing_key, signing_keys
from runtime.ids import Ids
from runtime.mail import mailer_from
from runtime.mail.base import Mailer
from runtime.media.parts import Media, media_from
from runtime.ops.metrics import Metrics
from runtime.runs.assembly import Hire, RunParts, runs_from, workers_from
from runtime.runs.recovery import Sweeper
from runtime.runs.worker import Worker
from runtime.settings import Settings
from runtime.web.middleware import Drain
from storage.events import events_from
from storage.events.base import EventLog
from storage.leases import leases_from
from storage.redis import redis_from
from storage.redis.client import Redis
from storage.sql.database import Database, database_from
from storage.throttles import throttles_from
from storage.wake import wake_from
from storage.wake.base import Wake
from tools.base import Tool
from tools.ports import Ports
from tools.registry import load as load_tools


@dataclass(frozen=True, slots=True, kw_only=True)
class Eryao:
    """Every part of one server, introduced to each other, none of them started."""

    settings: Settings
    clock: Clock
    ids: Ids
    # What survives, and how servers hear of each other.
    database: Database
    redis: Redis | None
    events: EventLog
    wake: Wake
    # What the features are made of.
    media: Media
    mailer: Mailer
    wallet: PointsWallet
    notices: StoredNotices
    invites: Invites
    sign_in: SignIn
    profile: ProfileParts
    payments: PaymentParts
    feedback: FeedbackParts
    shares: ReadingShares
    # What runs are made of.
    tools: Mapping[str, Tool]
    ports: Ports
    model: ChatModel
    runs: RunParts
    hire: Hire
    worker: Worker
    sweeper: Sweeper
    # How the server is, and that it goes down.
    metrics: Metrics
    drain: Drain


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    database: Database | None = None,
) -> Eryao:
    clock = clock or SystemClock()
    tools = load_tools()
    ids, metrics, mailer = Ids(clock), Metrics(), mailer_from(settings, clock)

    database = database or _database(settings)
    redis = redis_from(settings.redis_url)
    events = events_from(redis, database, window=settings.flush_ms / 1000)
    wake, throttles = wake_from(redis), throttles_from(redis, time=clock.monotonic)
    media = media_from(settings, database=database, throttles=throttles, clock=clock, ids=ids)

    keyring = Keyring(signing_keys(settings))
    identities = partial(identity_hashes, keyring.keys("identity"))
    wallet = PointsWallet(clock=clock, ids=ids)
    notices = StoredNotices(clock=clock, ids=ids)
    invites = invites_from(
        settings,
        database=database,
        wallet=wallet,
        notices=notices,
        identities=identities,
        clock=clock,
        ids=ids,
    )
    sign_in = sign_in_from(
        settings,
        database=database,
        throttles=throttles,
        keyring=keyring,
        identities=identities,
        wallet=wallet,
        invites=invites,
        mailer=mailer,
        clock=clock,
        ids=ids,
        count=metrics.signing_in,
    )
    profile = profile_from(
        database=database,
        media=media,
        wake=wake,
        identities=identities,
        shut=sign_in.living.shut,
        drop_logs=events.forget,
        partings=(forget_buyer,),
        clock=clock,
        ids=ids,
    )
    payments = payments_from(
        settings,
        database=database,
        wallet=wallet,
        identity_keys=keyring.keys("identity"),
        clock=clock,
        ids=ids,
    )
    feedback = feedback_from(
        settings, database=database, media=media, mailer=mailer, throttles=throttles, clock=clock
    )

    reminders = StoredReminders(database=database, notices=notices, clock=clock)
    drawings = DrawingFolder(
        database=database, blobs=media.blobs, clock=clock, most=settings.drawings_per_user
    )
    shares = ReadingShares(
        database=database, clock=clock, key=signing_key(settings), public_url=settings.public_url
    )
    ports = Ports(
        journal=SqlReadingJournal(database=database, clock=clock),
        history=SqlPastReadings(database),
        reminders=reminders,
        shares=shares,
        profile=StoredFacts(database=database, clock=clock),
        drawings=drawings,
    )

    runs = runs_from(
        settings,
        database=database,
        events=events,
        wake=wake,
        leases=leases_from(redis),
        media=media,
        wallet=wallet,
        notices=notices,
        tools=tools,
        clock=clock,
        ids=ids,
    )
    model = model_from(settings)
    hire = workers_from(
        settings,
        runs,
        events=events,
        wake=wake,
        model=model,
        wallet=wallet,
        notices=notices,
        tools=tools,
        ports=ports,
        clock=clock,
        ids=ids,
        count=metrics.ended,
    )
    sweeper = Sweeper(
        database=database,
        approvals=runs.approvals,
        clock=clock,
        sweep_seconds=settings.sweep_seconds,
        log_retention_days=settings.log_retention_days,
        chores=(
            *(reminders.sweep, drawings.sweep, shares.sweep, sign_in.codes.sweep),
            *(media.attachments.sweep, feedback.box.sweep),
            *(profile.erasure.sweep, profile.avatars.sweep, runs.attendance.sweep),
        ),
    )
    return Eryao(
        settings=settings,
        clock=clock,
        ids=ids,
        database=database,
        redis=redis,
        events=events,
        wake=wake,
        media=media,
        mailer=mailer,
        wallet=wallet,
        notices=notices,
        invites=invites,
        sign_in=sign_in,
        profile=profile,
        payments=payments,
        feedback=feedback,
        shares=shares,
        tools=tools,
        ports=ports,
        model=model,
        runs=runs,
        hire=hire,
        worker=hire(database, ids.new()),
        sweeper=sweeper,
        metrics=metrics,
        drain=Drain(),
    )


def _database(settings: Settings) -> Database:
    return database_from(database_url(settings), connections=settings.database_connections)
