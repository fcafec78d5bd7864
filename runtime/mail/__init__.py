"""Mails: from a URL to whoever carries them."""

from pathlib import Path
from urllib.parse import unquote

from runtime.clock import Clock
from runtime.mail.base import Mailer
from runtime.mail.console import ConsoleMailer
from runtime.mail.folder import FolderMailer
from runtime.mail.smtp import Relay, SmtpMailer
from runtime.settings import Settings


def mailer_from(settings: Settings, clock: Clock) -> Mailer:
    """The carrier that ERYAO_MAIL_URL names, or ValueError."""
    scheme, _, rest = settings.mail_url.partition(":")
    match scheme:
        case "" | "console":
            return ConsoleMailer(clock=clock)
        case "file":
            folder = Path(unquote(rest.removeprefix("//")))
            return FolderMailer(folder, sender=settings.mail_from, clock=clock)
    try:
        relay = Relay.of(settings.mail_url, settings.mail_password.get_secret_value())
    except ValueError as exc:
        raise ValueError(f"ERYAO_MAIL_URL cannot be used: {exc}.") from None
    return SmtpMailer(relay, sender=settings.mail_from, seconds=settings.mail_seconds, clock=clock)
