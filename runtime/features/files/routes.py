"""HTTP for users' files: to their owner, and to whoever has a URL that we signed."""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime

import anyio
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response

from runtime.clock import Clock
from runtime.errors import Code, Problem
from runtime.features.files.readers import Readers
from runtime.features.files.served import Find, ReadBlob, StoredFile, file_response
from runtime.media.addresses import owner_of
from runtime.media.attachments import store_trouble
from runtime.web.identity import optional_user, unauthorized
from runtime.web.multipart import spooled
from runtime.web.operation import Answer, Operation, Query
from storage.blobs.base import Blobs, is_key
from storage.blobs.signing import SignatureInvalid, UrlSigner
from storage.errors import BlobsUnavailable
from storage.sql.database import Database
from storage.sql.transaction import Transaction

OWN_SECONDS = 3600
ANY_TYPE = "*/*"
BYTES = "application/octet-stream"
PATH = "/files/{path:any}"


class AnyConvertor(PathConvertor):
    """The library's own stops at the end of a line: what is no key of ours is still asked of us."""

    regex = r"[\s\S]*"


register_url_convertor("any", AnyConvertor())


class FileRoutes:
    """GET and PUT /files/{path}."""

    def __init__(
        self,
        *,
        database: Database,
        blobs: Blobs,
        signer: UrlSigner,
        clock: Clock,
        finds: Sequence[Find],
        largest: int,
        room: anyio.Semaphore,
        readers: Readers,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._signer = signer
        self._clock = clock
        self._finds = finds
        self._largest = largest
        # For as many files as may be held whole at once.
        self._room = room
        self._readers = readers

    async def show(self, request: Request) -> Response:
        if "signature" in request.query_params:
            return await self._show_signed(request)
        user = optional_user(request)
        if user is None:
            raise unauthorized("This call needs a signed-in user, or a signed URL.")
        key = request.path_params["path"]
        file = await self._database.read(self._find, user.id, key) if is_key(key) else None
        if file is None:
            raise _not_found()
        return file_response(
            request,
            await self._opened(file.key),
            media_type=file.media_type,
            disposition=file.disposition,
            seconds=OWN_SECONDS,
            own=True,
        )

    async def _show_signed(self, request: Request) -> Response:
        claims = self._open("GET", request)
        expires = datetime.fromtimestamp(int(claims["expires"]), UTC)
        return file_response(
            request,
            await self._opened(request.path_params["path"]),
            media_type=claims["type"],
            disposition=claims["disposition"],
            seconds=int((expires - self._clock.now()).total_seconds()),
            own=False,
        )

    async def take(self, request: Request) -> Response:
        """The bytes that a URL was signed for: of this type, this many, no other."""
        claims = self._open("PUT", request)
        # The folder was emptied with the account; what is put there now, few would look for.
        if not await self._database.read(_has_owner, request.path_params["path"]):
            raise _spoilt("The account that this URL was made for is deleted.")
        size = int(claims["size"])
        if request.headers.get("content-type") != claims["type"]:
            raise _spoilt(f"This URL takes the type {claims['type']}.")
        async with spooled(request, size) as body:
            if body.size != size:
                raise _spoilt(f"This URL takes {size} bytes.")
            async with self._room:
                await self._put(request.path_params["path"], body.read())
        return Response(status_code=200)

    async def _put(self, key: str, content: bytes) -> None:
        with store_trouble():
            await self._blobs.put(key, content)

    def _open(self, method: str, request: Request) -> dict[str, str]:
        key, query = request.path_params["path"], request.scope["query_string"].decode("latin-1")
        try:
            return self._signer.open(method, key, query)
        except SignatureInvalid as refused:
            raise _spoilt(str(refused)) from None

    def _find(self, tx: Transaction, user_id: str, key: str) -> StoredFile | None:
        return next((file for find in self._finds if (file := find(tx, user_id, key))), None)

    async def _opened(self, key: str) -> ReadBlob:
        """The file, and a place among its readers; both are the response's to give back."""
        with ExitStack() as held:
            held.enter_context(self._readers.one_of(owner_of(key)))
            try:
                blob = await self._blobs.open(key)
            except BlobsUnavailable:
                text = "The store of files gave nothing."
                raise Problem(Code.STORAGE_UNAVAILABLE, text) from None
            if blob is None:
                raise _not_found()
            held.callback(blob.close)
            return ReadBlob(blob, held.pop_all())

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "GET",
                PATH,
                self.show,
                summary="One of the user's own files, or the one that a signed URL opens",
                description="One range of bytes may be asked for. Besides the token, a URL that "
                "`signed-url` gave opens its file by itself until it expires.",
                gives=bytes,
                gives_type=ANY_TYPE,
                also=(
                    Answer(206, "The range that was asked for.", bytes, ANY_TYPE),
                    Answer(304, "The client has it: its `ETag` is among If-None-Match."),
                ),
                problems=(
                    Code.FILE_NOT_FOUND,
                    Code.FILE_RANGE_UNSATISFIABLE,
                    Code.FILE_TOO_MANY_READERS,
                    Code.AGENT_SIGNED_IMAGE_URL_INVALID,
                ),
                query=(
                    Query("signature", "The end of a signed URL, which no one can make up."),
                    Query("Range", "One range of bytes.", where="header"),
                    Query("If-Range", "The range only if this is the file.", where="header"),
                    Query("If-None-Match", "What the client has already.", where="header"),
                ),
                public=True,
                optional_user=True,
                tags=("files",),
            ),
            Operation(
                "PUT",
                PATH,
                self.take,
                summary="Upload to a URL that `signed-upload` gave",
                description="Where files are kept in a bucket, such URLs lead there instead.",
                takes=bytes,
                takes_type=BYTES,
                problems=(
                    Code.AGENT_SIGNED_IMAGE_URL_INVALID,
                    Code.AGENT_ATTACHMENT_STORAGE_UNAVAILABLE,
                    Code.AGENT_ATTACHMENT_UPLOAD_FAILED,
                ),
                public=True,
                body_limit=self._largest,
                tags=("files",),
            ),
        ]


def _has_owner(tx: Transaction, key: str) -> bool:
    return tx.users.is_open(owner_of(key))


def _not_found() -> Problem:
    return Problem(Code.FILE_NOT_FOUND, "There is no such file, or it is not yours.")


def _spoilt(detail: str) -> Problem:
    return Problem(Code.AGENT_SIGNED_IMAGE_URL_INVALID, detail)
