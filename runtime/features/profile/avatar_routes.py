"""HTTP for avatars: bytes through the server, or a signed URL past it."""

from typing import Annotated, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from runtime.clock import rfc3339
from runtime.errors import Code, Problem
from runtime.features.profile.avatars import LARGEST, Avatars
from runtime.features.profile.service import ProfileService
from runtime.media.ration import Ration
from runtime.web.identity import require_user
from runtime.web.multipart import FileLimit, is_form, read_form
from runtime.web.operation import Json, Operation
from runtime.web.parsing import Wire, read_body, read_json

# What a form adds around the picture.
FORM_ROOM = 16 * 1024


class AvatarUpload(Wire):
    """A picture that is about to be uploaded: its type and its length in bytes."""

    mime_type: Literal["image/jpeg", "image/png", "image/webp"]
    size: Annotated[int, Field(ge=1, le=LARGEST)]


class AvatarInvitation(Wire):
    """The request that uploads it; then PATCH /profile takes `path` as `avatarPath`."""

    path: str
    method: str
    url: str
    headers: dict[str, str]
    expires_at: str


class AvatarView(Wire):
    """The avatar as it is kept; `url` shows it by itself until `expiresAt`."""

    avatar_path: str
    url: str | None
    expires_at: str | None


class AvatarRoutes:
    """The calls under /profile/avatar."""

    def __init__(self, *, avatars: Avatars, profiles: ProfileService, ration: Ration) -> None:
        self._avatars = avatars
        self._ration = ration
        self._profiles = profiles

    async def put(self, request: Request) -> Response:
        user_id = require_user(request).id
        await self._profiles.show(user_id)
        await self._ration.take(user_id)
        path = await self._avatars.keep(user_id, await _picture(request))
        await self._avatars.wear(user_id, path)
        url, expires_at = self._avatars.url(path) or (None, None)
        expires = None if expires_at is None else rfc3339(expires_at)
        return Json(AvatarView(avatar_path=path, url=url, expires_at=expires), nulls=True)

    async def invite(self, request: Request) -> Response:
        asked = await read_json(request, AvatarUpload, invalid=Code.AVATAR_FILE_INVALID)
        user_id = require_user(request).id
        await self._ration.take(user_id)
        invitation = await self._avatars.invite(user_id, asked.mime_type, asked.size)
        view = AvatarInvitation(
            path=invitation.path,
            method=invitation.signed.method,
            url=invitation.signed.url,
            headers=dict(invitation.signed.headers),
            expires_at=rfc3339(invitation.signed.expires_at),
        )
        return Json(view)

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "PUT",
                "/profile/avatar",
                self.put,
                summary="Give the user an avatar: a jpg, png or webp of at most 5 MB",
                description="The picture is told by its content, and kept as a JPEG of at most 512 "
                "pixels a side, without whatever else the file said. A multipart form with the "
                "picture in `file` is taken as well.",
                takes=bytes,
                takes_type="application/octet-stream",
                gives=AvatarView,
                problems=(
                    Code.AVATAR_FILE_INVALID,
                    Code.AVATAR_UPLOAD_FAILED,
                    Code.PROFILE_NOT_FOUND,
                    Code.AGENT_FILES_TOO_OFTEN,
                ),
                body_limit=LARGEST + FORM_ROOM,
                tags=("profile",),
            ),
            Operation(
                "POST",
                "/profile/avatar/signed-upload",
                self.invite,
                summary="A URL to upload an avatar to, past this server",
                description="Upload, then PATCH /profile with `avatarPath` as it is given here: "
                "the picture is looked at then. One upload is awaited at a time: a new URL takes "
                "the place of the one before.",
                takes=AvatarUpload,
                gives=AvatarInvitation,
                problems=(
                    Code.AVATAR_FILE_INVALID,
                    Code.AVATAR_SIGNED_URL_FAILED,
                    Code.AGENT_FILES_TOO_OFTEN,
                ),
                tags=("profile",),
            ),
        ]


async def _picture(request: Request) -> bytes:
    try:
        if is_form(request):
            return await _sent_as_form(request)
        return await read_body(request)
    except Problem as refused:
        if refused.code is not Code.REQUEST_TOO_LARGE:
            raise
        raise _too_large() from None


async def _sent_as_form(request: Request) -> bytes:
    limit = FileLimit(largest=LARGEST, too_large=_too_large())
    async with read_form(request, files={"file": limit}) as form:
        return form.files[0].read() if form.files else b""


def _too_large() -> Problem:
    return Problem(Code.AVATAR_FILE_INVALID, "An avatar has at most 5 MB.")
