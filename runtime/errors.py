"""Every refusal a client can meet: its code, its status, and the exception that carries it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum, unique
from typing import Self

from runtime.error_texts import TEXTS

# The same request, sent again a little later, may well succeed.
_PASSING_STATUSES = frozenset({202, 408, 429, 500, 502, 503, 504})
_PASSING = frozenset({"AGENT_SESSION_BUSY"})
# A bug or a broken configuration on our side: waiting does not mend it.
_LASTING = frozenset({"MISSING_RUNTIME_ARGS"})


@unique
class Code(Enum):
    """NAME = status, area, title, and the members it always carries."""

    def __init__(self, status: int, area: str, title: str, *members: str) -> None:
        self.status = status
        self.area = area
        self.title = title
        self.members = frozenset(members)
        # A code without its two sentences does not import: /problems has a page for each.
        self.when, self.advice = TEXTS[self._name_]

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later, unchanged."""
        if self._name_ in _LASTING:
            return False
        return self.status in _PASSING_STATUSES or self._name_ in _PASSING

    # Auth
    AUTH_SERVICE_UNAVAILABLE = 503, "auth", "Sign-in is out of service"
    AUTH_TOO_MANY_REQUESTS = 429, "auth", "Too many sign-in attempts", "retryAfter"
    AUTH_VERIFICATION_CODE_INVALID = 401, "auth", "The one-time code is not valid"
    AUTH_REFRESH_TOKEN_INVALID = 401, "auth", "The refresh token is not valid"
    AUTH_REFRESH_TOKEN_MISSING = 401, "auth", "The refresh token is missing"
    AUTH_USER_NOT_FOUND = 404, "auth", "The user is gone"
    AUTH_UNAUTHORIZED = 401, "auth", "Sign in first"

    # Points
    POINTS_INSUFFICIENT_BALANCE = 402, "points", "Not enough points", "balance", "price"
    POINTS_INVALID_CURSOR = 422, "points", "The ledger cursor is not valid"

    # Sessions and runs
    AGENT_SESSION_RUN_LIMIT_EXCEEDED = 409, "agent session", "No runs are left", "limit", "used"
    AGENT_RUNTIME_MODE_INVALID = 422, "agent session", "The runtime mode is not valid"
    AGENT_DIVINATION_PAYLOAD_REQUIRED = 422, "agent session", "A divination needs its cast"
    AGENT_OUTPUT_DIVINATION_INVALID = 422, "agent session", "The derived chart is malformed"
    AGENT_SESSION_ID_INVALID = 422, "agent session", "The session id is not valid"
    AGENT_SESSION_NOT_FOUND = 404, "agent session", "No such session"
    AGENT_USER_ID_INVALID = 422, "agent session", "The user id is not valid"
    AGENT_AUDIO_UNSUPPORTED_FORMAT = 400, "agent session", "This audio format is not supported"
    AGENT_AUDIO_TOO_LARGE = 400, "agent session", "The audio is too large"
    AGENT_AUDIO_EMPTY = 400, "agent session", "The audio is empty"
    AGENT_ASR_UNAVAILABLE = 502, "agent session", "Speech recognition failed"
    AGENT_PAYLOAD_INVALID = 422, "agent session", "The run's payload is not valid"
    AGENT_RUN_INPUT_INVALID = 422, "agent session", "The run input is not valid"
    AGENT_RUN_MESSAGES_INVALID = 422, "agent session", "The messages are not valid"
    AGENT_INVALID_RUN_ID = 422, "agent session", "The run id is not valid"
    AGENT_INVALID_LAST_EVENT_ID = 422, "agent session", "The last event id is not valid"
    AGENT_SSE_CONNECTION_LIMIT = 429, "agent session", "Too many open streams", "retryAfter"
    AGENT_FORBIDDEN = 403, "agent session", "This belongs to another user"
    AGENT_ATTACHMENT_EMPTY = 422, "agent session", "The attachment is empty"
    AGENT_ATTACHMENT_TOO_LARGE = 413, "agent session", "The attachment is too large"
    AGENT_ATTACHMENTS_TOO_MANY = 422, "agent session", "Too many attachments"
    AGENT_ATTACHMENT_UNSUPPORTED_TYPE = 422, "agent session", "This attachment type is not accepted"
    AGENT_ATTACHMENTS_FULL = 409, "agent session", "The room for files is used up", "limit", "used"
    AGENT_FILES_TOO_OFTEN = 429, "agent session", "Too many files at a time", "retryAfter"
    AGENT_ATTACHMENT_UPLOAD_FAILED = 502, "agent session", "The attachment was not stored"
    AGENT_ATTACHMENT_STORAGE_UNAVAILABLE = 503, "agent session", "File storage is out of service"
    AGENT_ATTACHMENT_BUCKET_INVALID = 422, "agent session", "The bucket is not valid"
    AGENT_ATTACHMENT_PATH_SCOPE_INVALID = 422, "agent session", "The path is outside your files"
    AGENT_SIGNED_URL_GENERATION_FAILED = 502, "agent session", "The file's URL was not signed"
    AGENT_SIGNED_IMAGE_URL_INVALID = 422, "agent session", "The image URL is no longer valid"
    INVALID_BINARY_URL_HOST = 422, "agent internal", "The URL's host is not allowed"
    INVALID_BINARY_URL_BUCKET = 422, "agent internal", "The URL's bucket is not allowed"
    INVALID_BINARY_URL_PATH_SCOPE = 422, "agent internal", "The URL's path is not allowed"
    AGENT_SESSION_BUSY = 409, "agent session", "The session is busy", "runId", "interrupts"
    AGENT_SESSION_WITHOUT_READING = 409, "agent session", "The session has no reading yet"
    AGENT_SESSION_HAS_READING = 409, "agent session", "The session already has its reading"
    AGENT_RUN_NOT_FOUND = 404, "agent session", "No such run"
    AGENT_TOOL_CALL_NOT_FOUND = 404, "agent session", "No such tool call"
    AGENT_APPROVAL_EXPIRED = 409, "agent session", "The approval has expired"
    AGENT_APPROVAL_DECIDED = 409, "agent session", "Already decided otherwise", "state", "runId"
    AGENT_DECISION_INVALID = 422, "agent session", "The decision is not valid"
    READING_NOT_FOUND = 404, "reading", "No such saved reading"
    FILE_NOT_FOUND = 404, "file", "No such file"
    FILE_RANGE_UNSATISFIABLE = 416, "file", "The file has no such bytes", "size"
    FILE_TOO_MANY_READERS = 429, "file", "Too many readers at once", "retryAfter"
    REMINDER_NOT_FOUND = 404, "reminder", "No such reminder"
    SHARE_NOT_FOUND = 404, "share", "Nothing is shared under this link"
    SHARE_GONE = 410, "share", "The link has ended"
    AGENT_LOG_GONE = 410, "agent session", "The run's events are no longer kept"

    # How a run may end badly: seen in RUN_ERROR and in the run's own record
    AGENT_MODEL_UNAVAILABLE = 502, "agent session", "The model is out of service"
    AGENT_MODEL_CUT = 502, "agent session", "The model stopped half-way"
    AGENT_RUN_TIMED_OUT = 504, "agent session", "The run took too long"
    AGENT_WORKER_LOST = 502, "agent session", "The run was lost"
    AGENT_RUN_TOO_LARGE = 502, "agent session", "The run's answer grew too large"
    AGENT_TOO_MANY_STEPS = 502, "agent session", "The run took too many steps"

    # Profile and avatar
    PROFILE_PAYLOAD_INVALID = 422, "profile", "The profile is not valid"
    PROFILE_NOT_FOUND = 404, "profile", "No profile yet"
    PROFILE_DELETE_FAILED = 502, "profile", "The account was not deleted completely"
    AVATAR_FILE_INVALID = 422, "avatar", "The avatar image is not accepted"
    AVATAR_PATH_SCOPE_INVALID = 422, "avatar", "The avatar path is outside your files"
    AVATAR_SIGNED_URL_FAILED = 502, "avatar", "The avatar's upload URL was not made"
    AVATAR_UPLOAD_FAILED = 502, "avatar", "The avatar was not stored"

    # Notifications, invites, feedback
    NOTIFICATION_NOT_FOUND = 404, "notification", "No such notification"
    NOTIFICATION_INVALID_CURSOR = 422, "notification", "The list cursor is not valid"
    INVITE_CODE_NOT_FOUND = 404, "invite", "No invite code yet"
    INVITE_CODE_INVALID = 422, "invite", "The invite code is not valid"
    INVITE_ALREADY_REDEEMED = 409, "invite", "An invite code was used before"
    INVITE_NOT_ELIGIBLE = 409, "invite", "The invite is for new users"
    INVITE_TOO_MANY_ATTEMPTS = 429, "invite", "Too many invite codes were tried", "retryAfter"
    FEEDBACK_CONTENT_EMPTY = 400, "feedback", "The feedback is empty"
    FEEDBACK_CONTENT_TOO_LONG = 400, "feedback", "The feedback is too long"
    FEEDBACK_TOO_MANY_IMAGES = 400, "feedback", "Too many images"
    FEEDBACK_IMAGE_TOO_LARGE = 400, "feedback", "An image is too large"
    FEEDBACK_INVALID_IMAGE_TYPE = 400, "feedback", "This image type is not accepted"
    FEEDBACK_SUBMIT_FAILED = 500, "feedback", "The feedback was not stored"
    FEEDBACK_TOO_MANY = 429, "feedback", "Too much feedback at once", "retryAfter"

    # Payments
    PAYMENT_PRODUCT_NOT_FOUND = 404, "payment", "No such product"
    PAYMENT_PRODUCT_MISMATCH = 422, "payment", "The transaction is for another product"
    PAYMENT_ENVIRONMENT_MISMATCH = 422, "payment", "The transaction is from another environment"
    PAYMENT_TRANSACTION_INVALID = 422, "payment", "The transaction does not verify"
    PAYMENT_TRANSACTION_REVOKED = 409, "payment", "The purchase was revoked"
    PAYMENT_TRANSACTION_CONFLICT = 409, "payment", "The purchase is already in use"
    PAYMENT_STARTER_PACK_INELIGIBLE = 409, "payment", "The starter pack was bought before"
    PAYMENT_APPLE_UNAVAILABLE = 503, "payment", "Apple cannot be reached"
    PAYMENT_GRANT_FAILED = 500, "payment", "The points were not granted yet"
    PAYMENT_REFUND_INSUFFICIENT_BALANCE = 409, "payment", "The refund exceeds the balance"

    # Tools
    MISSING_RUNTIME_ARGS = 500, "tool", "The tool was called without its context"
    TOOL_REJECTED = 403, "tool", "The tool call was rejected"
    TOOL_PENDING_APPROVAL = 202, "tool", "The tool call waits for approval"

    # Any request
    REQUEST_VALIDATION_ERROR = 422, "global", "The request is not valid"
    INTERNAL_ERROR = 500, "global", "Something went wrong on our side"
    ROUTE_NOT_FOUND = 404, "global", "Nothing lives at this address"
    METHOD_NOT_ALLOWED = 405, "global", "This method is not offered here"
    NOT_ACCEPTABLE = 406, "global", "No answer in an accepted format"
    REQUEST_TIMEOUT = 408, "global", "The request did not arrive in time"
    REQUEST_TOO_LARGE = 413, "global", "The request is too large"
    UNSUPPORTED_MEDIA_TYPE = 415, "global", "This content type is not accepted"
    SERVER_DRAINING = 503, "global", "The server is shutting down"
    STORAGE_UNAVAILABLE = 503, "global", "Storage is out of service"


@unique
class Flaw(StrEnum):
    """What kind of mistake it is: few kinds, which a client can put into any language."""

    MISSING = "missing"
    UNKNOWN = "unknown"
    WRONG_TYPE = "wrong_type"
    MALFORMED = "malformed"
    NOT_OFFERED = "not_offered"
    OUT_OF_RANGE = "out_of_range"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    LETTERS = "letters"
    OWN = "own"
    CONTRADICTS = "contradicts"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with a body: where (a JSON pointer), what, and of which kind."""

    pointer: str
    message: str
    type: Flaw = Flaw.INVALID
    limit: float | None = None


class Problem(Exception):
    """An answer meant for the client. Whatever else leaves a handler is a bug: INTERNAL_ERROR."""

    def __init__(
        self,
        code: Code,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **members: object,
    ) -> None:
        if members.keys() != code.members:
            raise TypeError(f"{code.name} carries {set(code.members)}, not {set(members)}")
        super().__init__(detail or code.title)
        self.code = code
        self.detail = detail or code.title
        self.errors = tuple(errors)
        self.members = members
        self.headers = _retry_after(members) | dict(headers or {})

    @classmethod
    def at(
        cls,
        code: Code,
        pointer: str,
        message: str,
        flaw: Flaw = Flaw.INVALID,
        limit: float | None = None,
    ) -> Self:
        """A refusal for one thing that is wrong with a body."""
        return cls(code, message, errors=[FieldError(pointer, message, flaw, limit)])


def _retry_after(members: Mapping[str, object]) -> dict[str, str]:
    """The header that goes with the member: whole seconds, never less than one."""
    match members.get("retryAfter"):
        case int() | float() as seconds:
            return {"Retry-After": str(max(1, math.ceil(seconds)))}
    return {}
