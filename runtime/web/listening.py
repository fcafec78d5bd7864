"""Taking an address, or a sentence on why it cannot be had."""

import errno
import socket
from contextlib import ExitStack

_BACKLOG = 2_048


class CannotListen(Exception):
    """The address cannot be had; the sentence says what to do. The process ends with code 3."""

    exit_code = 3


def bound(host: str, port: int, *, chosen_by: str = "ERYAO_PORT") -> socket.socket:
    """A socket at that address, or CannotListen with a sentence for people."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with ExitStack() as undo:
            sock = undo.enter_context(socket.socket(family, kind, proto))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(address)
            # From here on connections wait for serve() instead of being refused.
            sock.listen(_BACKLOG)
            sock.setblocking(False)  # noqa: FBT003 - the socket module has no keyword here
            undo.pop_all()
            return sock
    except OSError as exc:
        raise CannotListen(_sentence(host, port, exc, chosen_by)) from None


def _sentence(host: str, port: int, exc: OSError, chosen_by: str) -> str:
    match exc:
        case socket.gaierror():
            return f"Cannot listen on {host}: no such address; set ERYAO_HOST to one of this host."
        case PermissionError():
            return f"Cannot listen on port {port}: not permitted; set {chosen_by} above 1023."
    if exc.errno == errno.EADDRINUSE:
        return (
            f"Cannot listen on {host}:{port}: it is in use; stop that program or set {chosen_by}."
        )
    return f"Cannot listen on {host}:{port}: {exc.strerror}; check ERYAO_HOST and {chosen_by}."
