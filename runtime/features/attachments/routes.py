"""HTTP for files that users bring to their sessions."""

from collections.abc import Callable
from typing import Any

from pydantic import ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from runtime.clock import rfc3339
from runtime.errors import Code, Flaw, Problem
from runtime.features.files.served import StoredFile
from runtime.media.addresses import not_yours, own_path
from runtime.media.attachments import Attachments
from runtime.media.intake import check_size, too_large
from runtime.media.ration import Ration
from runtime.media.types import LARGEST_FILE
from runtime.web.identity import require_user
from runtime.web.multipart import MULTIPART, FileLimit, read_form
from runtime.web.operation import Json, Operation
from runtime.web.parsing import Wire, read_json
from storage.sql.attachments import AttachmentRow, AttachmentState
from storage.sql.transaction import Transaction

# The form around the file.
BODY_LIMIT = LARGEST_FILE + 64 * 1024
TAGS = ("files",)


class AttachmentForm(Wire):
    """A form with one file."""

    file: bytes = Field(json_schema_extra={"format": "binary"})


class AttachmentView(Wire):
    """A file of the user's, as messages may refer to it."""

    id: str
    bucket: str
    path: str
    name: str
    mime_type: str
    size: int
    url: str
    expires_at: str


class UploadAsked(Wire):
    """A file that the client is about to bring to the store itself."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"mimeType": "image/jpeg", "size": 48000}]}
    )

    mime_type: str = Field(max_length=200)
    size: int
    name: str | None = Field(default=None, max_length=1_000)


class UploadView(Wire):
    """Where to bring it, how, and under which path it is the user's afterwards."""

    id: str
    bucket: str
    path: str
    name: str
    method: str
    url: str
    headers: dict[str, str]
    expires_at: str


class UrlAsked(Wire):
    """One of the user's files."""

    path: str = Field(max_length=1_000)
    bucket: str | None = Field(default=None, max_length=200)


class AttachmentRoutes:
    """The calls under /attachments."""

    def __init__(self, *, attachments: Attachments, bucket: str, ration: Ration) -> None:
        self._attachments = attachments
        self._ration = ration
        self._bucket = bucket

    async def add(self, request: Request) -> Response:
        user_id = require_user(request).id
        await self._ration.take(user_id)
        limit = FileLimit(LARGEST_FILE, too_large("/file"))
        async with read_form(request, files={"file": limit}) as form:
            if not form.files:
                text = "The form has no file of this name."
                raise Problem.at(Code.REQUEST_VALIDATION_ERROR, "/file", text, Flaw.MISSING)
            upload = form.files[0]
            check_size(upload.size, "/file")
            async with self._attachments.intake.room:
                row = await self._attachments.add(user_id, upload.name, upload.read())
        return Json(self._view(row), 201)

    async def sign_upload(self, request: Request) -> Response:
        await self._ration.take(require_user(request).id)
        asked = await read_json(request, UploadAsked, invalid=Code.REQUEST_VALIDATION_ERROR)
        row, signed = await self._attachments.await_upload(
            require_user(request).id, asked.name, asked.mime_type, asked.size
        )
        view = UploadView(
            id=row.id,
            bucket=self._bucket,
            path=row.path,
            name=row.name,
            method=signed.method,
            url=signed.url,
            headers=dict(signed.headers),
            expires_at=rfc3339(signed.expires_at),
        )
        return Json(view, 201)

    async def sign_read(self, request: Request) -> Response:
        user_id = require_user(request).id
        asked = await read_json(request, UrlAsked, invalid=Code.REQUEST_VALIDATION_ERROR)
        if asked.bucket not in {None, self._bucket}:
            raise Problem(Code.AGENT_ATTACHMENT_BUCKET_INVALID, "This is no bucket of ours.")
        path = own_path(asked.path, user_id, "/path")
        row = await self._attachments.found(user_id, path, not_yours("/path"))
        return Json(self._view(row))

    def _view(self, row: AttachmentRow) -> AttachmentView:
        signed = self._attachments.read_url(row.path, row.name, row.media_type)
        return AttachmentView(
            id=row.id,
            bucket=self._bucket,
            path=row.path,
            name=row.name,
            mime_type=row.media_type,
            size=row.size,
            url=signed.url,
            expires_at=rfc3339(signed.expires_at),
        )

    def operations(self) -> list[Operation]:
        stored: dict[str, Any] = {"gives": AttachmentView, "tags": TAGS}
        return [
            Operation(
                "POST",
                "/agent/attachments",
                self.add,
                summary="Bring a file for a message: a picture, a recording, a PDF",
                description="Pictures are kept as the model sees them: scaled down, as JPEG, "
                "without what else they told. A file that no message refers to within a day is "
                "removed.",
                takes=AttachmentForm,
                takes_type=MULTIPART,
                status=201,
                body_limit=BODY_LIMIT,
                problems=(Code.REQUEST_VALIDATION_ERROR, *CONTENT_PROBLEMS, *STORE_PROBLEMS),
                **stored,
            ),
            Operation(
                "POST",
                "/agent/attachments/signed-upload",
                self.sign_upload,
                summary="A signed URL to bring a file straight to the store",
                description="The request to that URL must have these headers. The file is checked "
                "when it is first used.",
                takes=UploadAsked,
                gives=UploadView,
                status=201,
                problems=(Code.REQUEST_VALIDATION_ERROR, *CONTENT_PROBLEMS, SIGNED),
                tags=TAGS,
            ),
            Operation(
                "POST",
                "/agent/attachments/signed-url",
                self.sign_read,
                summary="A signed URL to read one of the user's files from",
                takes=UrlAsked,
                problems=(
                    Code.REQUEST_VALIDATION_ERROR,
                    Code.AGENT_ATTACHMENT_BUCKET_INVALID,
                    Code.AGENT_ATTACHMENT_PATH_SCOPE_INVALID,
                    *CONTENT_PROBLEMS,
                    *STORE_PROBLEMS,
                ),
                **stored,
            ),
        ]


SIGNED = Code.AGENT_SIGNED_URL_GENERATION_FAILED
CONTENT_PROBLEMS = (
    Code.AGENT_ATTACHMENT_EMPTY,
    Code.AGENT_ATTACHMENT_TOO_LARGE,
    Code.AGENT_ATTACHMENT_UNSUPPORTED_TYPE,
    Code.AGENT_ATTACHMENTS_FULL,
    Code.AGENT_FILES_TOO_OFTEN,
)
STORE_PROBLEMS = (
    Code.AGENT_ATTACHMENT_UPLOAD_FAILED,
    Code.AGENT_ATTACHMENT_STORAGE_UNAVAILABLE,
    Code.AGENT_SIGNED_URL_GENERATION_FAILED,
)


def find(now: Callable[[], int], tx: Transaction, user_id: str, key: str) -> StoredFile | None:
    row = tx.attachments.find(user_id, key, now=now())
    if row is None or row.state != AttachmentState.KEPT or row.path != key:
        return None
    return StoredFile(row.path, row.media_type, row.name)
