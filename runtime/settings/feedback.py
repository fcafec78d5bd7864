"""Feedback, and the daily report on it."""

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, Field

from runtime.settings.values import Commas, Count


def _addresses(given: tuple[str, ...]) -> tuple[str, ...]:
    for address in given:
        user, _, domain = address.rpartition("@")
        if not user or not domain or not address.isprintable() or " " in address:
            raise ValueError("each must look like team@example.com")
    return given


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise ValueError("it must be a zone like Asia/Shanghai") from None
    return name


class FeedbackSettings(BaseModel):
    """Feedback, and the daily report on it."""

    feedback_per_source: Count = Field(
        default=20,
        description="Feedback taken in an hour from one IPv4 address, or one /64 network of IPv6; "
        "and from one signed-in user.",
    )
    feedback_per_day: Count = Field(
        default=5_000, description="Feedback taken in a day from everybody together."
    )
    feedback_report_to: Annotated[Commas, AfterValidator(_addresses)] = Field(
        default=(),
        description="Who gets the daily report by mail, separated by commas; empty is nobody.",
    )
    feedback_report_at: str = Field(
        default="08:00",
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$",
        description="The time of day at which the report on the day before is sent.",
    )
    feedback_report_timezone: Annotated[str, AfterValidator(_zone)] = Field(
        default="UTC", description="The zone of that time, and of the report's days."
    )
    feedback_report_days: Annotated[int, Field(ge=1, le=366)] = Field(
        default=7,
        description="How many days of reports are caught up on after a time without a server, or "
        "without a mail server.",
    )
