"""A file as it leaves the server: whose it is, what it is called, and under which rules."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from runtime.media.names import disposition
from storage.sql.transaction import Transaction

# A file opened by itself is a document: it may run nothing, load nothing, and have no origin.
_RULES = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Accept-Ranges": "bytes",
}
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_SHOWN = ("image/", "audio/")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One of a user's files: where its bytes are, and what it calls itself."""

    key: str
    media_type: str
    name: str

    @property
    def disposition(self) -> str:
        return disposition(self.name, inline=self.media_type.startswith(_SHOWN))


# Which of a user's files is under this key; every feature that keeps files has one.
Find = Callable[[Transaction, str, str], StoredFile | None]


def file_response(
    request: Request, content: bytes, *, media_type: str, disposition: str, seconds: int, own: bool
) -> Response:
    """The file, or the one range of it that was asked for.

    A range that we do not understand is answered with the whole, as HTTP allows.
    """
    headers = _RULES | {
        "Content-Disposition": disposition,
        "Cache-Control": f"private, max-age={seconds}",
        # What has a signature is meant to be embedded; what needs a token never is.
        "Cross-Origin-Resource-Policy": "same-origin" if own else "cross-origin",
    }
    asked = _range(request, len(content))
    if asked is None:
        return Response(content, media_type=media_type, headers=headers)
    first, last = asked
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return Response(content[first : last + 1], 206, headers, media_type)


def _range(request: Request, size: int) -> tuple[int, int] | None:
    match = _RANGE.fullmatch(request.headers.get("range", ""))
    # We give no validators, so no If-Range can be true.
    if match is None or "if-range" in request.headers:
        return None
    first, last = match.groups()
    if not first:
        wanted = min(int(last or 0), size)
        return (size - wanted, size - 1) if wanted else None
    end = min(int(last or size), size - 1)
    return (int(first), end) if int(first) <= end else None
