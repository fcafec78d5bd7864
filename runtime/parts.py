"""The composition root: settings → every part of the server, nothing started."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial

from runtime.agent.models import model_from
from runtime.agent.models.base import ChatModel
from runtime.clock import Clock, SystemClock
from runtime.features.auth.access import AccessTokens
from runtime.features.auth.accounts import Accounts
from runtime.features.auth.budgets import Alarm, Budgets
from runtime.features.auth.codes import Codes
from runtime.features.auth.gate import Gate
from runtime.features.auth.issuer import issuer_from
from runtime.features.auth.keys import Keyring
from runtime.features.auth.living import Living
from runtime.features.auth.tokens import Tokens
from runtime.features.drawings.folder import DrawingFolder
from runtime.features.feedback.parts import FeedbackParts, feedback_from
from runtime.features.invites.invites import Invites
from runtime.features.invites.invites import Terms as InviteTerms
from runtime.features.notifications.notices import StoredNotices
from runtime.features.payments.books import PurchaseBooks, forget_buyer
from runtime.features.payments.service import Payments
from runtime.features.payments.setup import api_from, apple_from, catalogue_of
from runtime.features.payments.terms import Terms
from runtime.features.points.identity import identity_hashes
from runtime.features.points.wallet import PointsWallet
from runtime.features.profile.avatars import Avatars
from runtime.features.profile.erasure import Erasure
from runtime.features.profile.facts import StoredFacts
from runtime.features.profile.service import ProfileService
from runtime.features.readings.history import SqlPastReadings
from runtime.features.readings.journal import SqlReadingJournal
from runtime.features.reminders.reminders import StoredReminders
from runtime.features.shares.shares import ReadingShares
from runtime.home import database_url, signing_key, signing_keys
from runtime.ids import Ids
from runtime.mail import mailer_from
from runtime.mail.base import Mailer
from runtime.media.parts import Media, media_from
from runtime.media.pictures import Pictures
from runtime.ops.metrics import Metrics
from runtime.runs.approvals import Approvals
from runtime.runs.attendance import Attendance
from runtime.runs.coordinator import Coordinator
from runtime.runs.enclosures import Enclosures, enclosures_from
from runtime.runs.limits import RunLimit, limits_from
from runtime.runs.performance import Performer
from runtime.runs.recovery import Sweeper
from runtime.runs.slots import StreamSlots
from runtime.runs.stream import Streams
from runtime.runs.suggesting import Suggester
from runtime.runs.withdrawal import Withdrawal
from runtime.runs.worker import Worker, WorkerSettings
from runtime.settings import Settings
from runtime.web.middleware import Drain
from runtime.web.sse import StreamKeeper
from storage.blobs.base import Blobs
from storage.events import events_from
from storage.events.base import EventLog
from storage.leases import leases_from
from storage.redis import redis_from
from storage.redis.client import Redis
from storage.sql import database_from
from storage.sql.database import Database
from storage.sql.runs import RunKind
from storage.throttles import throttles_from
from storage.throttles.base import Throttles
from storage.wake import wake_from
from storage.wake.base import Wake
from tools.base import Tool
from tools.ports import Ports
from tools.registry import load as load_tools


@dataclass(frozen=True, kw_only=True)
class Eryao:
    """Every part of one server, introduced to each other, none of them started."""

    settings: Settings
    clock: Clock
    ids: Ids
    database: Database
    blobs: Blobs
    redis: Redis | None
    events: EventLog
    wake: Wake
    pictures: Pictures
    media: Media
    enclosures: Enclosures
    wallet: PointsWallet
    books: PurchaseBooks
    payments: Payments
    accounts: Accounts
    tokens: Tokens
    gate: Gate
    mailer: Mailer
    throttles: Throttles
    codes: Codes
    alarm: Alarm
    living: Living
    profiles: ProfileService
    avatars: Avatars
    erasure: Erasure
    invites: Invites
    notices: StoredNotices
    shares: ReadingShares
    feedback: FeedbackParts
    ports: Ports
    approvals: Approvals
    coordinator: Coordinator
    withdrawal: Withdrawal
    streams: Streams
    attendance: Attendance
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
    database = database or database_from(
        database_url(settings), connections=settings.database_connections
    )
    redis = redis_from(settings.redis_url)
    wake = wake_from(redis)
    events = events_from(redis, database, window=settings.flush_ms / 1000)
    wallet = PointsWallet(clock=clock, ids=ids)
    approvals = Approvals(
        database=database, wake=wake, wallet=wallet, tools=tools, clock=clock, ids=ids
    )
    throttles = throttles_from(redis, time=clock.monotonic)
    media = media_from(settings, database=database, throttles=throttles, clock=clock, ids=ids)
    enclosures = enclosures_from(settings, database=database, media=media)
    notices = StoredNotices(clock=clock, ids=ids)
    reminders = StoredReminders(database=database, notices=notices, clock=clock)
    drawings = DrawingFolder(
        database=database, blobs=media.blobs, clock=clock, most=settings.drawings_per_user
    )
    streams = Streams(database=database, events=events, tools=tools, show=enclosures.shown)
    attendance = Attendance(
        database=database,
        notices=notices,
        clock=clock,
        seconds=settings.ready_notice_seconds,
        is_followed=streams.is_followed,
    )
    shares = ReadingShares(
        database=database, clock=clock, key=signing_key(settings), public_url=settings.public_url
    )
    keyring = Keyring(signing_keys(settings))
    identities = partial(identity_hashes, keyring.keys("identity"))
    accounts = Accounts(
        wallet=wallet,
        clock=clock,
        ids=ids,
        identities=identities,
        signup_points=settings.signup_points,
    )
    access = AccessTokens(keyring=keyring, seconds=settings.access_token_seconds, clock=clock)
    tokens = Tokens(keyring=keyring, access=access, clock=clock, ids=ids)
    gate = Gate(
        access=access,
        issuer=issuer_from(settings, accounts=accounts, database=database, clock=clock),
        database=database,
        clock=clock,
    )
    living = Living(gate, database=database, clock=clock)
    erasure = Erasure(
        database=database,
        blobs=media.blobs,
        wake=wake,
        clock=clock,
        ids=ids,
        identities=identities,
        shut=living.shut,
        drop_logs=events.forget,
        partings=(forget_buyer,),
    )
    invites = Invites(
        database=database,
        wallet=wallet,
        notices=notices,
        identities=identities,
        terms=_invite_terms(settings),
        clock=clock,
        ids=ids,
    )
    mailer = mailer_from(settings, clock)
    metrics = Metrics()
    feedback = feedback_from(
        settings, database=database, media=media, mailer=mailer, throttles=throttles, clock=clock
    )
    alarm = Alarm(throttles=throttles, clock=clock, failures=settings.codes_alarm)
    codes = Codes(
        database=database,
        mailer=mailer,
        budgets=Budgets(
            throttles=throttles, keyring=keyring, codes_per_source=settings.codes_per_source
        ),
        alarm=alarm,
        accounts=accounts,
        tokens=tokens,
        invites=invites,
        keyring=keyring,
        clock=clock,
        ids=ids,
        count=metrics.signing_in,
    )
    terms = Terms(
        catalogue=catalogue_of(settings),
        environment=settings.apple_environment,
        reviewers=settings.apple_reviewers,
    )
    books = PurchaseBooks(
        wallet=wallet, terms=terms, clock=clock, ids=ids, keys=keyring.keys("identity")
    )
    return Eryao(
        settings=settings,
        clock=clock,
        ids=ids,
        database=database,
        blobs=media.blobs,
        pictures=media.pictures,
        media=media,
        enclosures=enclosures,
        avatars=Avatars(
            database=database, blobs=media.blobs, pictures=media.pictures, clock=clock, ids=ids
        ),
        notices=notices,
        shares=shares,
        feedback=feedback,
        ports=Ports(
            journal=SqlReadingJournal(database=database, clock=clock),
            history=SqlPastReadings(database),
            reminders=reminders,
            shares=shares,
            profile=StoredFacts(database=database, clock=clock),
            drawings=drawings,
        ),
        redis=redis,
        events=events,
        wake=wake,
        wallet=wallet,
        books=books,
        payments=Payments(
            database=database,
            books=books,
            terms=terms,
            clock=clock,
            apple=apple_from(settings, clock),
            api=api_from(settings),
            offline_seconds=settings.apple_offline_hours * 3_600,
        ),
        accounts=accounts,
        tokens=tokens,
        living=living,
        profiles=ProfileService(database=database, clock=clock),
        erasure=erasure,
        invites=invites,
        gate=gate,
        mailer=mailer,
        throttles=throttles,
        codes=codes,
        alarm=alarm,
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
        slots=StreamSlots(leases_from(redis), ids, per_user=settings.streams_per_user),
        streams=streams,
        attendance=attendance,
        keeper=StreamKeeper(
            heartbeat_seconds=settings.heartbeat_seconds,
            stream_seconds=settings.stream_minutes * 60,
        ),
        sweeper=Sweeper(
            database=database,
            approvals=approvals,
            clock=clock,
            log_retention_days=settings.log_retention_days,
            chores=(
                *(reminders.sweep, drawings.sweep, shares.sweep, codes.sweep),
                *(media.attachments.sweep, feedback.box.sweep),
                *(erasure.sweep, attendance.sweep),
            ),
        ),
        drain=Drain(),
        metrics=metrics,
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
        suggester=Suggester(
            model=eryao.model,
            most=settings.follow_up_suggestions,
            seconds=settings.suggestion_seconds,
            session_user_messages=settings.session_user_messages,
        ),
        tools=eryao.tools,
        ports=eryao.ports,
        notices=eryao.notices,
        enclosures=eryao.enclosures,
        attendance=eryao.attendance,
        clock=eryao.clock,
        ids=eryao.ids,
        limits=limits_from(settings),
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


def _invite_terms(settings: Settings) -> InviteTerms:
    return InviteTerms(
        inviter_points=settings.invite_points,
        invited_points=settings.invited_points,
        days=settings.invite_days,
        per_day=settings.invites_per_day,
        in_all=settings.invites_in_all,
    )
