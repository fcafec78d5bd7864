"""Every call that the server answers."""

from collections.abc import Awaitable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from runtime import __version__
from runtime.console.routes import ConsoleRoutes
from runtime.features.attachments import routes as attachments
from runtime.features.auth.mailbox import MailboxRoutes, is_loopback
from runtime.features.auth.routes import AuthRoutes
from runtime.features.drawings import folder as drawings
from runtime.features.feedback.routes import FeedbackRoutes
from runtime.features.files.readers import Readers
from runtime.features.files.routes import FileRoutes
from runtime.features.invites.routes import InviteRoutes
from runtime.features.notifications.routes import NotificationRoutes
from runtime.features.payments.routes import PaymentRoutes
from runtime.features.points.routes import PointsRoutes, Prices
from runtime.features.profile import avatars as avatar_files
from runtime.features.profile.avatar_routes import AvatarRoutes
from runtime.features.profile.routes import ProfileRoutes
from runtime.features.readings.routes import ReadingRoutes
from runtime.features.reminders.routes import ReminderRoutes
from runtime.features.sessions.routes import SessionRoutes
from runtime.features.shares.routes import ShareRoutes
from runtime.features.transcriptions.routes import TranscriptionRoutes
from runtime.home import room
from runtime.mail.console import ConsoleMailer
from runtime.media.types import LARGEST_FILE
from runtime.ops.routes import DocumentRoutes, OpsRoutes
from runtime.parts import Eryao, build
from runtime.runs.addresses import API
from runtime.runs.capabilities import CapabilityRoutes
from runtime.runs.events import event_schemas
from runtime.runs.input import payload_schemas
from runtime.runs.routes import RunRoutes
from runtime.runs.tool_routes import ToolRoutes
from runtime.settings import Settings
from runtime.web.openapi import Info, document
from runtime.web.operation import Operation
from runtime.web.problems import ProblemPages
from storage.errors import StorageUnavailable

TITLE = "eryao"
ABOUT = "Metered, resumable agent runs, with tools that ask first. Streams speak AG-UI 1.0."


def api_operations(eryao: Eryao) -> list[Operation]:
    settings = eryao.settings
    runs = RunRoutes(
        coordinator=eryao.runs.coordinator,
        enclosures=eryao.runs.enclosures,
        withdrawal=eryao.runs.withdrawal,
        streams=eryao.runs.streams,
        slots=eryao.runs.slots,
        keeper=eryao.runs.keeper,
        database=eryao.database,
        clock=eryao.clock,
        drain=eryao.drain,
        attendance=eryao.runs.attendance,
        refused=eryao.metrics.refused,
        tool_names=eryao.tools.keys(),
    )
    calls = ToolRoutes(approvals=eryao.runs.approvals, tools=eryao.tools, database=eryao.database)
    readings = ReadingRoutes(database=eryao.database)
    reminders = ReminderRoutes(database=eryao.database, clock=eryao.clock)
    capabilities = CapabilityRoutes(eryao.tools, settings)
    return [
        *_auth_routes(eryao).operations(),
        *runs.operations(),
        *calls.operations(),
        *_session_routes(eryao).operations(),
        *capabilities.operations(),
        *PaymentRoutes(payments=eryao.payments.service).operations(),
        *readings.operations(),
        *reminders.operations(),
        *_share_routes(eryao).operations(),
        *_file_routes(eryao),
        *_account_operations(eryao),
        *FeedbackRoutes(eryao.feedback.box).operations(),
    ]


def _account_operations(eryao: Eryao) -> list[Operation]:
    settings = eryao.settings
    prices = Prices(divination=settings.price_divination, follow_up=settings.price_follow_up)
    points = PointsRoutes(database=eryao.database, wallet=eryao.wallet, prices=prices)
    profile = ProfileRoutes(
        profiles=eryao.profile.service, avatars=eryao.profile.avatars, erasure=eryao.profile.erasure
    )
    avatars = AvatarRoutes(
        avatars=eryao.profile.avatars, profiles=eryao.profile.service, ration=eryao.media.ration
    )
    notifications = NotificationRoutes(database=eryao.database, clock=eryao.clock)
    invites = InviteRoutes(invites=eryao.invites, wallet=eryao.wallet, database=eryao.database)
    groups = (points, profile, avatars, notifications, invites)
    return [operation for group in groups for operation in group.operations()]


def _auth_routes(eryao: Eryao) -> AuthRoutes:
    return AuthRoutes(
        codes=eryao.sign_in.codes,
        tokens=eryao.sign_in.tokens,
        gate=eryao.sign_in.gate,
        database=eryao.database,
    )


def _file_routes(eryao: Eryao) -> list[Operation]:
    media, settings = eryao.media, eryao.settings
    files = FileRoutes(
        database=eryao.database,
        blobs=media.blobs,
        signer=media.signer,
        clock=eryao.clock,
        finds=(
            drawings.find,
            avatar_files.find,
            partial(attachments.find, media.attachments.now),
        ),
        largest=LARGEST_FILE,
        room=media.attachments.intake.room,
        readers=Readers(most=settings.file_readers, per_owner=settings.file_readers_per_user),
    )
    brought = attachments.AttachmentRoutes(
        attachments=media.attachments, bucket=media.blobs.bucket, ration=media.ration
    )
    spoken = TranscriptionRoutes(recordings=media.recordings, ration=media.ration)
    return [*files.operations(), *brought.operations(), *spoken.operations()]


def _session_routes(eryao: Eryao) -> SessionRoutes:
    return SessionRoutes(
        database=eryao.database,
        attendance=eryao.runs.attendance,
        tools=eryao.tools,
        limit=eryao.settings.session_user_messages,
        show=eryao.runs.enclosures.shown,
    )


def _share_routes(eryao: Eryao) -> ShareRoutes:
    return ShareRoutes(
        database=eryao.database, shares=eryao.shares, clock=eryao.clock, ids=eryao.ids
    )


def public_pages(eryao: Eryao) -> list[Operation]:
    """What is open to everybody, outside of the API."""
    return [
        *ProblemPages().operations(),
        *_share_routes(eryao).public_operations(),
        *_mailbox(eryao),
    ]


def _mailbox(eryao: Eryao) -> list[Operation]:
    """Only where nobody but this machine is expected."""
    settings, mailer = eryao.settings, eryao.mailer
    if settings.public_url or not is_loopback(settings.host):
        return []
    return MailboxRoutes(mailer).operations() if isinstance(mailer, ConsoleMailer) else []


def console_pages(eryao: Eryao) -> list[Operation]:
    """The console, for whoever wants one; the API knows nothing of it."""
    return ConsoleRoutes().operations() if eryao.settings.console else []


def openapi(eryao: Eryao, operations: list[Operation]) -> Mapping[str, object]:
    groups = {
        API: operations,
        "": [*public_pages(eryao), *ops_pages(eryao, operations)],
    }
    schemas = {**event_schemas(), **payload_schemas()}
    return document(Info(TITLE, __version__, ABOUT), groups, schemas)


def ops_pages(eryao: Eryao, operations: list[Operation]) -> list[Operation]:
    ops = OpsRoutes(ready=partial(_ready, eryao), drain=eryao.drain, metrics=eryao.metrics)
    return [*ops.operations(), *DocumentRoutes(lambda: openapi(eryao, operations)).operations()]


def worker_pages(eryao: Eryao) -> list[Operation]:
    """What a process answers that has no API, and so no document of one."""

    async def ready() -> Mapping[str, bool]:
        return {**await _ready(eryao), "claims": eryao.worker.claims}

    return OpsRoutes(ready=ready, drain=eryao.drain, metrics=eryao.metrics).operations()


async def _ready(eryao: Eryao) -> Mapping[str, bool]:
    checks = {"database": await _answers(eryao.database.run(lambda _tx: None))}
    if (kept := room(eryao.settings)).folders:
        checks["disk"] = kept.takes()
    if eryao.redis:
        checks["redis"] = await _answers(eryao.redis.ping())
    return checks


async def _answers(question: Awaitable[object]) -> bool:
    try:
        with anyio.fail_after(2):
            await question
    except (StorageUnavailable, TimeoutError):
        return False
    return True


def api_document() -> Mapping[str, object]:
    """What a server with the usual settings answers at /openapi.json, without one."""
    with TemporaryDirectory() as folder:
        eryao = build(Settings(data_dir=Path(folder), model_url="scripted:"))
        try:
            return openapi(eryao, api_operations(eryao))
        finally:
            eryao.database.close()
