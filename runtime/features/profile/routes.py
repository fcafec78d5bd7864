"""HTTP for the profile, and for the end of the account."""

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from runtime.clock import stamp
from runtime.errors import Code, Flaw
from runtime.features.profile.avatars import Avatars
from runtime.features.profile.erasure import Erasure
from runtime.features.profile.service import ProfileService
from runtime.features.profile.words import Bio, DisplayName
from runtime.web.flaws import wrong
from runtime.web.identity import require_user
from runtime.web.operation import Answer, Json, Operation
from runtime.web.parsing import StrictWire, Wire, check_content_type, parse, read_body
from storage.blobs.base import LONGEST_KEY
from storage.sql.profiles import Fact, ProfileRow
from tools.builtin.update_profile import BirthYear, GenderName
from tools.liuyao.fields import known_locale
from tools.liuyao.vocabulary import Locale

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _is_day(text: str) -> str:
    if not _DAY.fullmatch(text):
        raise wrong(Flaw.MALFORMED, "it must be a date like 1990-05-17")
    try:
        date.fromisoformat(text)
    except ValueError:
        raise wrong(Flaw.MALFORMED, "there is no such day") from None
    return text


Birthday = Annotated[str, AfterValidator(_is_day), Field(json_schema_extra={"format": "date"})]
# JSON has texts; strictness would ask for the member itself.
Language = Annotated[Locale, Field(strict=False), BeforeValidator(known_locale)]


class ProfileChange(StrictWire):
    """What is left out stays as it is; null removes it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"displayName": "Ann", "locale": "en", "birthYear": 1990}]}
    )

    display_name: DisplayName | None = None
    bio: Bio | None = None
    locale: Language | None = None
    birthday: Birthday | None = None
    birth_year: BirthYear | None = None
    gender: GenderName | None = None
    avatar_path: Annotated[str, Field(max_length=LONGEST_KEY)] | None = Field(
        default=None, description="Only as signed-upload gave it, or null."
    )

    def told(self) -> dict[str, Fact]:
        """What was said, and nothing that was left out."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class ProfileView(Wire):
    """A profile; where `birthday` is known, `birthYear` is its year."""

    user_id: str
    email: str
    display_name: str | None
    bio: str | None
    locale: str | None
    birthday: str | None
    birth_year: int | None
    gender: str | None
    avatar_path: str | None
    # Shows the avatar by itself, for a while.
    avatar_url: str | None
    updated_at: str


class ErasureView(Wire):
    """The receipt of a deletion; while `completedAt` is null, the server still goes on with it."""

    receipt: str
    requested_at: str
    completed_at: str | None


class ProfileRoutes:
    """The calls under /profile."""

    def __init__(self, *, profiles: ProfileService, avatars: Avatars, erasure: Erasure) -> None:
        self._profiles = profiles
        self._avatars = avatars
        self._erasure = erasure

    async def show(self, request: Request) -> Response:
        return self._shown(request, await self._profiles.show(require_user(request).id))

    async def begin(self, request: Request) -> Response:
        told = await _told(request, may_be_empty=True)
        told.pop("avatar_path", None)
        row, is_new = await self._profiles.begin(require_user(request).id, told)
        return self._shown(request, row, 201 if is_new else 200)

    async def change(self, request: Request) -> Response:
        user_id, told = require_user(request).id, await _told(request)
        known = await self._profiles.show(user_id)
        self._profiles.check(told)
        asked = told.pop("avatar_path", known.avatar_path)
        if asked is None or isinstance(asked, str):
            await self._avatars.change(user_id, known.avatar_path, asked)
        return self._shown(request, await self._profiles.change(user_id, told))

    async def erase(self, request: Request) -> Response:
        row = await self._erasure.erase(require_user(request).id)
        done = None if row.completed_at is None else stamp(row.completed_at)
        view = ErasureView(receipt=row.id, requested_at=stamp(row.requested_at), completed_at=done)
        return Json(view, 202 if done is None else 200, nulls=True)

    def _shown(self, request: Request, row: ProfileRow, status: int = 200) -> Response:
        url, _ = self._avatars.url(row.avatar_path) or (None, None)
        view = ProfileView(
            user_id=row.user_id,
            email=require_user(request).email,
            display_name=row.display_name,
            bio=row.bio,
            locale=row.locale,
            birthday=row.birthday,
            birth_year=row.birth_year,
            gender=row.gender,
            avatar_path=row.avatar_path,
            avatar_url=url,
            updated_at=stamp(row.updated_at),
        )
        return Json(view, status, nulls=True)

    def operations(self) -> list[Operation]:
        avatar = (
            Code.AVATAR_PATH_SCOPE_INVALID,
            Code.AVATAR_FILE_INVALID,
            Code.AVATAR_UPLOAD_FAILED,
            Code.AGENT_FILES_TOO_OFTEN,
        )
        wrong = (Code.PROFILE_PAYLOAD_INVALID, Code.AUTH_USER_NOT_FOUND)
        return [
            Operation(
                "GET",
                "/profile",
                self.show,
                summary="The user's profile",
                gives=ProfileView,
                problems=(Code.PROFILE_NOT_FOUND,),
                tags=("profile",),
            ),
            Operation(
                "POST",
                "/profile",
                self.begin,
                summary="Make the profile; one that exists is answered as it is",
                description="The body may be left out.",
                takes=ProfileChange,
                gives=ProfileView,
                status=201,
                also=(Answer(200, "It existed; nothing was changed.", ProfileView),),
                problems=(*wrong, Code.PROFILE_NOT_FOUND),
                tags=("profile",),
            ),
            Operation(
                "PATCH",
                "/profile",
                self.change,
                summary="Change what is given; null removes it",
                takes=ProfileChange,
                gives=ProfileView,
                problems=(*wrong, *avatar, Code.PROFILE_NOT_FOUND),
                tags=("profile",),
            ),
            Operation(
                "DELETE",
                "/profile",
                self.erase,
                summary="Delete the account and all that is the user's, for good",
                description="The account is closed at once: its tokens are good for nothing and "
                "its address may sign up anew. 200 says that all is gone, 202 that the server goes "
                "on until it is; neither needs the client any more. After a refusal nothing has "
                "changed, and the same call may be sent again.",
                gives=ErasureView,
                also=(Answer(202, "Closed; the rest is on its way.", ErasureView),),
                problems=(Code.PROFILE_DELETE_FAILED, Code.AUTH_USER_NOT_FOUND),
                tags=("profile",),
            ),
        ]


async def _told(request: Request, *, may_be_empty: bool = False) -> dict[str, Fact]:
    body = await read_body(request)
    if not body and may_be_empty:
        return {}
    check_content_type(request.headers)
    return parse(body, ProfileChange, invalid=Code.PROFILE_PAYLOAD_INVALID).told()
