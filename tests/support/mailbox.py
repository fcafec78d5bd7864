"""A real SMTP server that keeps what it is given, or refuses it, or dawdles."""

import re
import threading
import time
from asyncio import Server
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Self, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

PATIENCE_SECONDS = 10
_CODE = re.compile(r"(?<![0-9])([0-9]{6}|[0-9]{8})(?![0-9])")


class _Controller(Controller):
    """On any free port, which it learns before it knocks at its own door."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@dataclass
class Mailbox:
    """`sent` holds every mail; `refusal` is what it says to a recipient instead of yes."""

    refusal: str = ""
    sent: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    # Cleared, it lets no mail through until it is set again.
    taking: threading.Event = field(default_factory=threading.Event)
    options: dict[str, Any] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.taking.set()
        self._controller = _Controller(
            self, hostname="127.0.0.1", port=0, enable_SMTPUTF8=True, **self.options
        )
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.taking.set()
        self._controller.stop()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._controller.port}"

    @property
    def url(self) -> str:
        return f"smtp://{self.address}"

    def code(self, to: str, number: int = 1) -> str:
        """The code in this address's mail of that number, once it is there."""
        return code_in(self.mails_to(to, number)[number - 1])

    def mails_to(self, to: str, number: int) -> list[EmailMessage]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(found := [mail for mail in self.sent if mail["To"] == to]) < number:
            assert time.monotonic() < deadline, f"{len(found)} mails to {to}"
            time.sleep(0.01)
        return found

    # --- what aiosmtpd calls ----------------------------------------------------------------

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        await server.loop.run_in_executor(None, self.taking.wait, PATIENCE_SECONDS)
        content = cast("bytes", envelope.content)
        self.envelopes.append(envelope)
        self.sent.append(message_from_bytes(content, policy=default))
        return "250 OK"


def code_in(mail: EmailMessage) -> str:
    """The code that a person would read in this mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    found = _CODE.search(body.get_content())
    assert found is not None, body.get_content()
    return found[1]
