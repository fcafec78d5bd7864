"""Feedback and its reports, from the settings."""

from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo

from runtime.clock import Clock
from runtime.features.feedback.days import LocalDays
from runtime.features.feedback.report import ReportWriter
from runtime.features.feedback.reports import DailyReports
from runtime.features.feedback.service import Feedback
from runtime.home import signing_key
from runtime.ids import Ids
from runtime.mail.base import Mailer
from runtime.media.parts import Media
from runtime.settings import Settings
from storage.sql.database import Database
from storage.throttles.base import Throttles


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackParts:
    """Where feedback goes in, and where it comes out."""

    box: Feedback
    reports: DailyReports


def feedback_from(
    settings: Settings,
    *,
    database: Database,
    media: Media,
    mailer: Mailer,
    throttles: Throttles,
    clock: Clock,
) -> FeedbackParts:
    box = Feedback(
        database=database,
        blobs=media.blobs,
        pictures=media.pictures,
        throttles=throttles,
        clock=clock,
        ids=Ids(clock),
        key=signing_key(settings),
        per_source=settings.feedback_per_source,
        per_day=settings.feedback_per_day,
    )
    reports = reports_from(settings, database=database, media=media, mailer=mailer, clock=clock)
    return FeedbackParts(box=box, reports=reports)


def reports_from(
    settings: Settings,
    *,
    database: Database,
    media: Media,
    mailer: Mailer,
    clock: Clock,
) -> DailyReports:
    days = LocalDays(
        at=time.fromisoformat(settings.feedback_report_at),
        zone=ZoneInfo(settings.feedback_report_timezone),
    )
    return DailyReports(
        database=database,
        writer=ReportWriter(
            database=database, blobs=media.blobs, pictures=media.pictures, days=days
        ),
        mailer=mailer,
        clock=clock,
        days=days,
        readers=settings.feedback_report_to,
        most_days=settings.feedback_report_days,
    )
