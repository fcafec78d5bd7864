"""HTTP for feedback."""

from pydantic import Field, JsonValue, RootModel
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from runtime.clock import stamp
from runtime.errors import Code, Flaw, Problem
from runtime.features.feedback.service import Feedback, FeedbackKind, Said
from runtime.features.feedback.words import characters, clean, one_line
from runtime.web.identity import optional_user
from runtime.web.multipart import MULTIPART, FileLimit, Upload, read_form
from runtime.web.operation import Json, Operation, Query
from runtime.web.parsing import Id, Wire, parse

MB = 1024 * 1024
LARGEST_IMAGE = 5 * MB
MOST_IMAGES = 3
MOST_CHARACTERS = 500
# A character may be made of many: a family has seven, and so on.
MOST_LETTERS = 10 * MOST_CHARACTERS
MOST_DEVICE_BYTES = 4_096
LONGEST_VERSION = 64
LONGEST_KEY = 200
LONGEST_TYPE = 32
# One image more than is taken, so that it is the fourth that is refused and not the form.
BODY_LIMIT = (MOST_IMAGES + 1) * LARGEST_IMAGE + 256 * 1024
# Past this no text is one of so many characters, whatever becomes of its controls and spaces.
TEXTS = {"type": 64, "content": 64 * 1024, "deviceInfo": MOST_DEVICE_BYTES, "appVersion": 512}


class FeedbackForm(Wire):
    """What somebody says, and shows."""

    type: str = Field(
        min_length=1,
        max_length=LONGEST_TYPE,
        description=f"{', '.join(FeedbackKind)}; any other word counts as other.",
    )
    content: str = Field(description="1 to 500 characters.", max_length=MOST_LETTERS)
    images: list[bytes] = Field(
        default=[],
        max_length=MOST_IMAGES,
        description="jpg or png, 5 MB each.",
        json_schema_extra={"items": {"type": "string", "format": "binary"}},
    )
    device_info: str | None = Field(
        default=None,
        max_length=MOST_DEVICE_BYTES,
        description="A JSON object: what the app knows about the device.",
    )
    app_version: str | None = Field(default=None, max_length=LONGEST_VERSION)


class FeedbackStored(Wire):
    id: Id
    created_at: str


class DeviceInfo(RootModel[dict[str, JsonValue]]):
    """Whatever the app says about the device."""


class FeedbackRoutes:
    """The call of /feedback."""

    def __init__(self, feedback: Feedback) -> None:
        self._feedback = feedback

    async def add(self, request: Request) -> Response:
        user = optional_user(request)
        user_id = user.id if user else None
        source = request.client.host if request.client else ""
        await self._feedback.admit(source, user_id)
        key = _retry_key(request)
        async with read_form(
            request,
            files={"images": _images()},
            texts=TEXTS,
            too_long={"content": _too_long()},
            only=True,
        ) as form:
            said = _said(form.texts, user_id, key)
            images = [upload.read for upload in form.files if not _is_blank(upload)]
            row = await self._feedback.submit(said, images)
        return Json(FeedbackStored(id=row.id, created_at=stamp(row.created_at)), 201)

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "POST",
                "/feedback",
                self.add,
                summary="Say what is good or bad about the app, signed in or not",
                description="Feedback is stored with all of its pictures or not at all. Whoever "
                "repeats it with the same Idempotency-Key gets the first answer again.",
                takes=FeedbackForm,
                takes_type=MULTIPART,
                gives=FeedbackStored,
                status=201,
                public=True,
                optional_user=True,
                body_limit=BODY_LIMIT,
                query=(_KEY,),
                problems=(
                    Code.REQUEST_VALIDATION_ERROR,
                    Code.FEEDBACK_CONTENT_EMPTY,
                    Code.FEEDBACK_CONTENT_TOO_LONG,
                    Code.FEEDBACK_TOO_MANY_IMAGES,
                    Code.FEEDBACK_IMAGE_TOO_LARGE,
                    Code.FEEDBACK_INVALID_IMAGE_TYPE,
                    Code.FEEDBACK_SUBMIT_FAILED,
                    Code.FEEDBACK_TOO_MANY,
                ),
                tags=("feedback",),
            )
        ]


_KEY = Query(
    "Idempotency-Key",
    "The client's own name for this feedback, a UUID say, the same when it tries again.",
    schema={"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    where="header",
)


def _said(texts: dict[str, str], user_id: str | None, key: str | None) -> Said:
    return Said(
        user_id=user_id,
        kind=_kind(texts.get("type")),
        content=_content(texts.get("content", "")),
        device=_device(texts.get("deviceInfo", "")),
        app_version=_version(texts.get("appVersion", "")),
        retry_key=key,
    )


def _kind(text: str | None) -> FeedbackKind:
    """What it is about; apps have words of their own, and none of them is lost over its name."""
    if not text or len(text) > LONGEST_TYPE:
        raise _invalid("/type", f"type is a word, best one of {', '.join(FeedbackKind)}.")
    return FeedbackKind(text) if text in set(FeedbackKind) else FeedbackKind.OTHER


def _content(text: str) -> str:
    content = clean(text)
    count = characters(content)
    if count == 0:
        why = "The feedback has no text."
        raise Problem.at(Code.FEEDBACK_CONTENT_EMPTY, "/content", why, Flaw.MISSING)
    if count > MOST_CHARACTERS or len(content) > MOST_LETTERS:
        raise _too_long()
    return content


def _device(text: str) -> str | None:
    if not text.strip():
        return None
    try:
        info = parse(text.encode(), DeviceInfo, invalid=Code.REQUEST_VALIDATION_ERROR)
    except Problem as problem:
        raise _invalid("/deviceInfo", f"deviceInfo is no JSON object: {problem.detail}") from None
    return to_json(info).decode()


def _version(text: str) -> str | None:
    version = one_line(text)
    if len(version) > LONGEST_VERSION:
        raise _invalid("/appVersion", f"appVersion has {LONGEST_VERSION} characters at most.")
    return version or None


def _retry_key(request: Request) -> str | None:
    given = request.headers.getlist("idempotency-key")
    if not given:
        return None
    if len(given) > 1 or not 1 <= len(given[0]) <= LONGEST_KEY:
        raise _invalid("", f"Idempotency-Key is one text of 1 to {LONGEST_KEY} characters.")
    return given[0]


def _is_blank(upload: Upload) -> bool:
    """What browsers send for a field in which no file was chosen."""
    return upload.size == 0 and not upload.name


def _images() -> FileLimit:
    many = f"Feedback has {MOST_IMAGES} images at most."
    large = f"An image has {LARGEST_IMAGE // MB} MB at most."
    return FileLimit(
        LARGEST_IMAGE,
        Problem.at(Code.FEEDBACK_IMAGE_TOO_LARGE, "/images", large),
        MOST_IMAGES,
        Problem.at(Code.FEEDBACK_TOO_MANY_IMAGES, "/images", many),
    )


def _too_long() -> Problem:
    text = f"The text has {MOST_CHARACTERS} characters at most."
    return Problem.at(
        Code.FEEDBACK_CONTENT_TOO_LONG, "/content", text, Flaw.TOO_LONG, MOST_CHARACTERS
    )


def _invalid(pointer: str, text: str) -> Problem:
    return Problem.at(Code.REQUEST_VALIDATION_ERROR, pointer, text)
