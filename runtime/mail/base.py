"""Mails and those who carry them."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Protocol


class MailNotSent(Exception):
    """The mail is not on its way: the server does not answer, or takes nothing from us."""


class RecipientRefused(MailNotSent):
    """The server takes mails, but knows no such mailbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What a person gets; `html` says the same as `text`."""

    to: str
    subject: str
    text: str
    html: str


class Mailer(Protocol):
    """What every carrier promises; tests/runtime/mail/test_mailers.py holds each to it.

    - Once `send` returns, the mail is somebody else's to deliver.
    - `MailNotSent` otherwise, within the time allowed; the mail may still arrive after that.
    """

    async def send(self, mail: Mail) -> None: ...


def message(mail: Mail, sender: str, now: datetime) -> EmailMessage:
    """The mail as it travels; what could end a header early is refused by the policy."""
    name, address = parseaddr(sender)
    policy = SMTP if (mail.to + address).isascii() else SMTPUTF8
    made = EmailMessage(policy=policy)
    made["From"] = _address(name, address)
    made["To"] = _address("", mail.to)
    made["Subject"] = mail.subject
    made["Date"] = format_datetime(now)
    made["Message-ID"] = make_msgid(domain=address.rpartition("@")[2])
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(mail.text)
    made.add_alternative(mail.html, subtype="html")
    return made


def _address(name: str, address: str) -> Address:
    # By its parts: Address would parse a text, and an address is no text to be parsed again.
    user, _, domain = address.rpartition("@")
    return Address(name, user, domain)
