"""Mails and those who carry them."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, make_msgid, parseaddr
from hashlib import sha256
from typing import Protocol


class MailNotSent(Exception):
    """The mail is not on its way: the server does not answer, or takes nothing from us."""


class RecipientRefused(MailNotSent):
    """The server takes mails, but knows no such mailbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that comes with a mail; its name may be in any language."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What a person gets; `html` says the same as `text`."""

    to: str
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()
    # Two sendings of one mail share it, so that a reader's program may show them as one.
    reference: str = ""


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
    made["Message-ID"] = _message_id(mail, address.rpartition("@")[2])
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(mail.text)
    made.add_alternative(mail.html, subtype="html")
    for file in mail.attachments:
        kind, _, subtype = file.media_type.partition("/")
        made.add_attachment(file.content, maintype=kind, subtype=subtype, filename=file.name)
    return made


def _message_id(mail: Mail, domain: str) -> str:
    if not mail.reference:
        return make_msgid(domain=domain)
    mark = sha256(f"{mail.reference} {mail.to}".encode()).hexdigest()[:32]
    return f"<{mark}@{domain}>"


def _address(name: str, address: str) -> Address:
    # By its parts: Address would parse a text, and an address is no text to be parsed again.
    user, _, domain = address.rpartition("@")
    return Address(name, user, domain)
