"""The mails of a server that has no mail server, for whoever tries it on their own machine."""

from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import Response

from runtime.clock import rfc3339
from runtime.errors import Code, Problem
from runtime.mail.console import ConsoleMailer
from runtime.web.operation import Json, Operation
from runtime.web.parsing import Wire

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
_HERE = frozenset({"localhost", "127.0.0.1", "[::1]"})


class MailView(Wire):
    to: str
    subject: str
    text: str
    created_at: str


class MailList(Wire):
    items: list[MailView]


class MailboxRoutes:
    """GET /dev/mails: codes let people in, so it shows them to this machine and to nobody else."""

    def __init__(self, mailer: ConsoleMailer) -> None:
        self._mailer = mailer

    async def mails(self, request: Request) -> Response:
        if not _is_from_here(request):
            raise Problem(Code.ROUTE_NOT_FOUND)
        items = [
            MailView(
                to=kept.mail.to,
                subject=kept.mail.subject,
                text=kept.mail.text,
                created_at=rfc3339(kept.at),
            )
            for kept in self._mailer.kept
        ]
        return Json(MailList(items=items), headers={"Cache-Control": "no-store"})

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "GET",
                "/dev/mails",
                self.mails,
                summary="The last mails of a server that prints them; for this machine only",
                gives=MailList,
                public=True,
                problems=(Code.ROUTE_NOT_FOUND,),
                tags=("operations",),
            )
        ]


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_from_here(request: Request) -> bool:
    """Neither through a proxy on this machine, nor by a page that has its name point here."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    host, mark, port = request.headers.get("host", "").rpartition(":")
    named = host if mark and port.isdecimal() else request.headers.get("host", "")
    return named in _HERE and request.client is not None and is_loopback(request.client.host)
