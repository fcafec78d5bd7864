"""A file as it leaves the server: whose it is, what it is called, and under which rules."""

import logging
import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from runtime.errors import Code, Problem
from runtime.media.names import disposition
from runtime.web.sse import Connection
from storage.blobs.base import OpenBlob
from storage.errors import BlobsUnavailable
from storage.sql.transaction import Transaction

# What one reader holds of a file, however slowly it reads.
PIECE = 256 * 1024

# A file opened by itself is a document: it may run nothing, load nothing, and have no origin.
_RULES = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Accept-Ranges": "bytes",
}
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_SHOWN = ("image/", "audio/")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One of a user's files: where its bytes are, and what it calls itself."""

    key: str
    media_type: str
    name: str

    @property
    def disposition(self) -> str:
        return disposition(self.name, inline=self.media_type.startswith(_SHOWN))


@dataclass(frozen=True, slots=True)
class ReadBlob:
    """An open file, with all that is held for who reads it."""

    content: OpenBlob
    held: ExitStack

    def close(self) -> None:
        self.held.close()


# Which of a user's files is under this key; every feature that keeps files has one.
Find = Callable[[Transaction, str, str], StoredFile | None]


def file_response(
    request: Request,
    blob: ReadBlob,
    *,
    media_type: str,
    disposition: str,
    seconds: int,
    own: bool,
) -> Response:
    """The file, the one range of it that was asked for, or word that the client has it.

    A range that we do not understand is answered with the whole, as HTTP allows.
    """
    tag = f'"{sha256(blob.content.tag.encode()).hexdigest()[:32]}"'
    size = blob.content.size
    headers = _RULES | {
        "Content-Disposition": disposition,
        "Cache-Control": f"private, max-age={seconds}",
        "ETag": tag,
        # What has a signature is meant to be embedded; what needs a token never is.
        "Cross-Origin-Resource-Policy": "same-origin" if own else "cross-origin",
    }
    try:
        if _has(request, tag):
            blob.close()
            return Response(None, 304, headers)
        asked = _range(request, tag, size)
    except Problem:
        blob.close()
        raise
    headers["Content-Type"] = media_type
    if asked is None:
        return BlobResponse(blob, 200, headers, first=0, last=size - 1)
    first, last = asked
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return BlobResponse(blob, 206, headers, first=first, last=last)


class BlobResponse(Response):
    """Bytes from the store, a piece at a time: a slow reader holds that much and no more."""

    def __init__(
        self,
        blob: ReadBlob,
        status: int,
        headers: dict[str, str],
        *,
        first: int,
        last: int,
    ) -> None:
        self._blob = blob
        self._first = first
        self._end = last + 1
        super().__init__(None, status, {**headers, "Content-Length": str(self._end - first)})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope["method"] == "HEAD":
                await super().__call__(scope, receive, send)
            else:
                await self._send_pieces(scope["connection"], send)
        finally:
            self._blob.close()

    async def _send_pieces(self, connection: Connection, send: Send) -> None:
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        at = self._first
        while at < self._end and not connection.lost:
            try:
                piece = await self._blob.content.read(at, min(PIECE, self._end - at))
            except BlobsUnavailable as failure:
                # No last piece: the server below cuts the connection, or half would pass for all.
                log.warning("a file was not sent whole", extra={"reason": str(failure)})
                return
            at += len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _has(request: Request, tag: str) -> bool:
    known = [one.strip().removeprefix("W/") for one in _header(request, "if-none-match").split(",")]
    return tag in known or known == ["*"]


def _range(request: Request, tag: str, size: int) -> tuple[int, int] | None:
    match = _RANGE.fullmatch(_header(request, "range"))
    if match is None or request.method == "HEAD" or _header(request, "if-range") not in {"", tag}:
        return None
    first, last = match.groups()
    if not (first or last) or (first and last and int(first) > int(last)):
        return None  # this says nothing
    begin = int(first) if first else max(size - int(last), 0)
    end = min(int(last), size - 1) if first and last else size - 1
    if begin > end:
        headers = {"Content-Range": f"bytes */{size}"}
        text = f"The file has {size} bytes."
        raise Problem(Code.FILE_RANGE_UNSATISFIABLE, text, headers=headers, size=size)
    return begin, end


def _header(request: Request, name: str) -> str:
    return request.headers.get(name, "")
