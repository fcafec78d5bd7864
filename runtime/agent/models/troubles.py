"""What goes wrong between us and an endpoint, and what may be said and done about it."""

import re
from collections.abc import Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime

import httpx2
from aiohttp import ClientError
from openai import APIStatusError
from openai import OpenAIError as SdkTrouble

from runtime.agent.models.base import ModelUnavailable
from runtime.agent.models.chunks import StreamSpoilt, kind_of

PASSING = frozenset({408, 409, 425, 429})
# An account without money is no passing trouble, whatever its status says.
LASTING = "insufficient_quota"
# Who refuses what a request asks for says so with one of these, or in such words.
REFUSING = frozenset({400, 422, 501})
IN_SUCH_WORDS = re.compile(r"unsupported|(?:not|that) support", re.IGNORECASE)

# The SDK names most of what its transport meets; the rest comes as the transport has it.
TROUBLES: tuple[type[Exception], ...] = (
    SdkTrouble,
    httpx2.HTTPError,
    httpx2.StreamError,
    ClientError,
    OSError,
    StreamSpoilt,
)


class NoAnswer(ModelUnavailable):
    """Not one piece came, so that asking again shows nobody anything twice."""

    def __init__(
        self,
        text: str,
        *,
        passing: bool,
        after: float = 0.0,
        learnt: bool = False,
        refused: bool = False,
    ) -> None:
        super().__init__(text)
        self.passing = passing
        self.after = after
        # The next request will be another one, by what this failure taught.
        self.learnt = learnt
        # It was the request that the endpoint did not like.
        self.refused = refused


def refusal(trouble: APIStatusError) -> NoAnswer:
    """An endpoint's own no, and whether it may be a yes later."""
    passing = trouble.status_code in PASSING or trouble.status_code >= 500
    words = IN_SUCH_WORDS.search(str(trouble)) is not None
    return NoAnswer(
        named(trouble),
        passing=passing and LASTING not in (trouble.code, trouble.type),
        after=_asked_pause(trouble.response.headers),
        refused=trouble.status_code in REFUSING or (trouble.status_code == 404 and words),
    )


def named(trouble: Exception) -> str:
    """What is said of it in our log: a provider's sentences may quote the user, or the key."""
    if isinstance(trouble, StreamSpoilt):
        return str(trouble)
    if isinstance(trouble, APIStatusError):
        told = {"type": trouble.type, "code": trouble.code}
        return f"status {trouble.status_code}, {kind_of(told)}"
    cause = trouble.__cause__
    return type(trouble).__name__ + (f" from {type(cause).__name__}" if cause else "")


def _asked_pause(headers: Mapping[str, str]) -> float:
    """The seconds in Retry-After, which may also be a moment, by the endpoint's own clock."""
    asked = headers.get("retry-after", "")
    seconds = 0.0
    try:
        seconds = float(asked)
    except ValueError:
        with suppress(ValueError, TypeError):
            moment, now = map(parsedate_to_datetime, (asked, headers.get("date", "")))
            seconds = (moment - now).total_seconds()
    # What is no number is not greater than nothing either.
    return seconds if seconds > 0 else 0.0
