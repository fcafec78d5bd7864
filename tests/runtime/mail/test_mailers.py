"""Every carrier: what it sends is what a person gets, and nothing else."""

import io
import ssl
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from runtime.mail import mailer_from
from runtime.mail.base import Attachment, Mail, MailNotSent, RecipientRefused
from runtime.mail.console import KEPT, ConsoleMailer
from runtime.mail.smtp import Relay
from runtime.settings import Settings
from tests.support.certificates import certificate
from tests.support.clock import StillClock
from tests.support.mailbox import Mailbox

MAIL = Mail(
    to="ann@example.com", subject="验证码 123456", text="码 123456\n", html="<p>码 123456</p>"
)


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with Mailbox() as box:
        yield box


async def send(url: str, clock: StillClock, mail: Mail = MAIL, **more: Any) -> None:
    settings = Settings.model_validate({"mail_url": url, "mail_seconds": 3, **more})
    await mailer_from(settings, clock).send(mail)


def bodies(mail: EmailMessage) -> list[str]:
    found = [mail.get_body((kind,)) for kind in ("plain", "html")]
    return [body.get_content() for body in found if body is not None]


# --- SMTP -----------------------------------------------------------------------------------------


async def test_a_mail_arrives_in_text_and_html(box: Mailbox, clock: StillClock) -> None:
    await send(box.url, clock, mail_from="Éryao <no-reply@example.org>")

    [mail] = box.mails_to("ann@example.com", 1)
    assert mail["Subject"] == MAIL.subject
    assert mail["From"] == "Éryao <no-reply@example.org>"
    assert mail["Date"].datetime == clock.now()
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@example.org>")
    assert [body.replace("\r\n", "\n").strip() for body in bodies(mail)] == [
        MAIL.text.strip(),
        MAIL.html,
    ]
    assert box.envelopes[0].rcpt_tos == ["ann@example.com"]


async def test_files_arrive_whole_and_under_their_names(box: Mailbox, clock: StillClock) -> None:
    content = bytes(range(256)) * 400
    names = ("反馈 2026-03-14.xlsx", 'a"b;c.bin', "plain.bin")
    files = tuple(
        Attachment(name=name, media_type="application/x-eryao", content=content) for name in names
    )
    await send(box.url, clock, replace(MAIL, attachments=files))

    [mail] = box.mails_to("ann@example.com", 1)
    arrived = list(mail.iter_attachments())
    assert [file.get_filename() for file in arrived] == list(names)
    assert {file.get_content_type() for file in arrived} == {"application/x-eryao"}
    assert [file.get_payload(decode=True) for file in arrived] == [content] * 3
    assert "filename*=utf-8''%E5%8F%8D" in cast("bytes", box.envelopes[0].content).decode()
    assert [body.strip() for body in bodies(mail)] == [MAIL.text.strip(), MAIL.html]


async def test_a_file_whose_name_would_end_its_header_ends_none(
    box: Mailbox, clock: StillClock
) -> None:
    name = "a\r\nBcc: x@example.com\r\n\r\nb.xlsx"
    file = Attachment(name=name, media_type="application/x-eryao", content=b"x")
    with pytest.raises(MailNotSent):
        await send(box.url, clock, replace(MAIL, attachments=(file,)))

    assert box.sent == []


async def test_a_mail_sent_again_can_be_known_again(box: Mailbox, clock: StillClock) -> None:
    for to in ("a@example.com", "a@example.com", "b@example.com"):
        await send(box.url, clock, replace(MAIL, to=to, reference="the report of a day"))
    for _ in range(2):
        await send(box.url, clock)

    ids = [mail["Message-ID"] for mail in box.sent]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4


async def test_an_address_beyond_ascii_arrives(box: Mailbox, clock: StillClock) -> None:
    mail = Mail(to="测试@xn--fsqu00a.xn--0zwm56d", subject="s", text="t", html="h")
    await send(box.url, clock, mail)

    assert box.envelopes[0].rcpt_tos == [mail.to]


@pytest.mark.parametrize("to", ["a@b.com\r\nBcc: x@example.com", "a@b.com\nX: y", "@b.com"])
async def test_an_address_that_would_end_its_header_is_never_sent(
    box: Mailbox, clock: StillClock, to: str
) -> None:
    with pytest.raises(MailNotSent):
        await send(box.url, clock, Mail(to=to, subject="s", text="t", html="h"))

    assert box.sent == []


async def test_a_subject_that_would_end_its_header_is_never_sent(
    box: Mailbox, clock: StillClock
) -> None:
    mail = Mail(to="a@b.com", subject="s\r\nBcc: x@example.com", text="t", html="h")
    with pytest.raises(MailNotSent):
        await send(box.url, clock, mail)

    assert box.sent == []


@pytest.mark.parametrize(
    ("said", "raised"),
    [
        ("550 5.1.1 no such user", RecipientRefused),
        ("450 5.1.1 odd", MailNotSent),
        ("550 5.7.1 relaying denied", MailNotSent),
        ("451 4.3.0 later", MailNotSent),
        ("550 no", MailNotSent),
    ],
)
async def test_a_refusal_says_whose_fault_it_is(
    box: Mailbox, clock: StillClock, said: str, raised: type[MailNotSent]
) -> None:
    box.refusal = said

    with pytest.raises(MailNotSent) as refused:
        await send(box.url, clock)

    assert type(refused.value) is raised


async def test_a_server_that_is_away_or_dawdles_is_an_exception_in_time(
    box: Mailbox, clock: StillClock
) -> None:
    box.taking.clear()
    with pytest.raises(MailNotSent):
        await send(box.url, clock, mail_seconds=0.3)
    box.taking.set()
    with Mailbox() as gone:
        url = gone.url
    with pytest.raises(MailNotSent):
        await send(url, clock)


class Account:
    """One name and its password."""

    def __call__(
        self, _server: object, _session: object, _envelope: object, _how: str, given: Any
    ) -> AuthResult:
        login = cast("LoginPassword", given)
        return AuthResult(success=(login.login, login.password) == (b"u@x", b"p/w"))


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate for the loopback, which this process trusts."""
    authority, context = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    return context


async def test_a_password_travels_under_tls_alone(tls: ssl.SSLContext, clock: StillClock) -> None:
    options = {"authenticator": Account(), "auth_required": True, "tls_context": tls}
    with Mailbox(options=options) as box:
        await send(f"smtp://u%40x:p%2Fw@{box.address}", clock)
        await send(f"smtp://u%40x@{box.address}", clock, mail_password="p/w")
        with pytest.raises(MailNotSent):
            await send(f"smtp://u%40x:wrong@{box.address}", clock)
    with Mailbox(options={"authenticator": Account(), "auth_require_tls": False}) as plain:
        with pytest.raises(MailNotSent):
            await send(f"smtp://u%40x:p%2Fw@{plain.address}", clock)
        await send(f"smtp://u%40x:p%2Fw@{plain.address}?starttls=never", clock)

    assert (len(box.sent), len(plain.sent)) == (2, 1)


async def test_tls_from_the_start(tls: ssl.SSLContext, clock: StillClock) -> None:
    with Mailbox(options={"ssl_context": tls}) as box:
        await send(f"smtps://{box.address}", clock)

    assert len(box.sent) == 1


async def test_a_server_with_a_strangers_certificate_gets_no_mail(
    tmp_path: Path, clock: StillClock
) -> None:
    _, context = certificate(tmp_path)
    with Mailbox(options={"tls_context": context}) as box, pytest.raises(MailNotSent):
        await send(f"{box.url}?starttls=required", clock)

    assert box.sent == []


@pytest.mark.parametrize(
    "url",
    [
        "smtp://",
        "smtp://host/path",
        "smtp://host?starttls=maybe",
        "smtp://host?tls=1",
        "smtp://host?x",
        "smtps://host?starttls=never",
        "smtp://host:no",
    ],
)
def test_a_url_that_names_no_server_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Relay.of(url)


# --- without a server -----------------------------------------------------------------------------


async def test_a_folder_gets_one_whole_file_a_mail_for_its_owner_only(
    tmp_path: Path, clock: StillClock
) -> None:
    folder = tmp_path / "out going"
    await send(f"file:{folder}", clock)
    await send(f"file://{str(folder).replace(' ', '%20')}", clock)

    files = sorted(folder.iterdir())
    assert [file.suffix for file in files] == [".eml", ".eml"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    mail = message_from_bytes(files[0].read_bytes(), policy=default)
    assert bodies(mail)[0].strip() == MAIL.text.strip()


async def test_a_folder_that_cannot_be_is_a_mail_not_sent(
    tmp_path: Path, clock: StillClock
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MailNotSent):
        await send(f"file:{tmp_path / 'file'}", clock)


async def test_the_console_shows_every_mail_and_keeps_the_last(clock: StillClock) -> None:
    out = io.StringIO()
    mailer = ConsoleMailer(clock=clock, out=out)
    for number in range(KEPT + 5):
        await mailer.send(Mail(to="a@b.com", subject=str(number), text="one\ntwo", html=""))

    assert out.getvalue().startswith("  | To: a@b.com\n  | Subject: 0\n  | \n  | one\n  | two\n")
    assert [kept.mail.subject for kept in mailer.kept] == [str(24 - n) for n in range(KEPT)]


async def test_the_console_names_files_and_keeps_none(clock: StillClock) -> None:
    out = io.StringIO()
    mailer = ConsoleMailer(clock=clock, out=out)
    file = Attachment(name="反馈.xlsx", media_type="application/x-eryao", content=b"12345")
    await mailer.send(replace(MAIL, attachments=(file,)))

    assert "  | [反馈.xlsx: 5 bytes]\n" in out.getvalue()
    assert mailer.kept[0].mail.attachments == ()
