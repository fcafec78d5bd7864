"""Mails through an SMTP server: smtp:// with STARTTLS, smtps:// with TLS from the start."""

import logging
import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

import anyio
from aiosmtplib import SMTP, SMTPException, SMTPRecipientsRefused

from runtime.clock import Clock
from runtime.mail.base import Mail, MailNotSent, RecipientRefused, message

PORTS = {"smtp": 587, "smtps": 465}
# RFC 3463: 5.1.x speaks of the address itself, not of us or of the mail.
_NO_MAILBOX = re.compile(r"\b5\.1\.[0-9]{1,3}\b")
_STARTTLS: dict[str, bool | None] = {"offered": None, "required": True, "never": False}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """The server that takes our mails."""

    host: str
    port: int
    tls: bool
    # None takes STARTTLS where it is offered.
    starttls: bool | None
    user: str | None
    password: str | None

    @classmethod
    def of(cls, url: str, password: str = "") -> Self:
        """smtp://user:password@host:port?starttls=offered|required|never, or ValueError."""
        parts = urlsplit(url)
        if not parts.hostname or parts.path not in {"", "/"}:
            raise ValueError("it must look like smtp://user:password@mail.example.com:587")
        query = parse_qs(parts.query, strict_parsing=bool(parts.query))
        if query.keys() - {"starttls"} or (parts.scheme == "smtps" and query):
            raise ValueError("smtp:// takes ?starttls= and nothing else, smtps:// takes nothing")
        user = unquote(parts.username) if parts.username else None
        # A password is never sent in the clear unless somebody asked for just that.
        wish = query.get("starttls", ["required" if user else "offered"])[0]
        if wish not in _STARTTLS:
            raise ValueError(f"starttls is one of {', '.join(_STARTTLS)}")
        return cls(
            host=parts.hostname,
            port=parts.port or PORTS[parts.scheme],
            tls=parts.scheme == "smtps",
            starttls=False if parts.scheme == "smtps" else _STARTTLS[wish],
            user=user,
            password=password or unquote(parts.password or "") if user else None,
        )


class SmtpMailer:
    """See Mailer."""

    def __init__(self, relay: Relay, *, sender: str, seconds: float, clock: Clock) -> None:
        self._relay = relay
        self._sender = sender
        self._seconds = seconds
        self._clock = clock

    async def send(self, mail: Mail) -> None:
        try:
            # A name that no mail may carry is found out here, before anybody is called.
            made = message(mail, self._sender, self._clock.now())
            with anyio.fail_after(self._seconds):
                async with self._connection() as relay:
                    await relay.send_message(made)
        except SMTPRecipientsRefused as exc:
            log.warning("a mail was refused", extra={"reason": _why(exc)})
            raise _refusal(exc) from None
        except (SMTPException, OSError, ValueError) as exc:
            log.warning("a mail was not sent", extra={"reason": type(exc).__name__})
            raise MailNotSent(type(exc).__name__) from None

    def _connection(self) -> SMTP:
        relay = self._relay
        return SMTP(
            hostname=relay.host,
            port=relay.port,
            username=relay.user,
            password=relay.password,
            use_tls=relay.tls,
            start_tls=relay.starttls,
            timeout=self._seconds,
        )


def _why(refused: SMTPRecipientsRefused) -> str:
    """The code alone: what the server says beside it quotes the address."""
    return ", ".join(str(each.code) for each in refused.recipients)


def _refusal(refused: SMTPRecipientsRefused) -> MailNotSent:
    if all(each.code >= 500 and _NO_MAILBOX.search(each.message) for each in refused.recipients):
        return RecipientRefused("no such mailbox")
    return MailNotSent("the mail was refused")
