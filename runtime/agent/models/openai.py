"""A model behind any endpoint that speaks OpenAI's chat completions.

Imported only where such an endpoint is set: the SDK takes a third of a second and 20 MiB.
"""

import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from random import SystemRandom
from typing import Any, cast

import anyio
import httpx2
from aiohttp import ClientError
from openai import APIStatusError, AsyncOpenAI, DefaultAioHttpClient
from openai import OpenAIError as SdkTrouble

from runtime.agent.models.base import (
    ModelCut,
    ModelFailed,
    ModelUnavailable,
    Piece,
    Prompt,
    Said,
    ToolSpec,
)
from runtime.agent.models.chunks import WHOLE, ChunkReader, StreamSpoilt, kind_of
from runtime.agent.prompting import Prompter

RETRIES = 2
# The longest that an endpoint may ask us to wait; beyond it the run fails at once.
LONGEST_PAUSE_SECONDS = 20
# How long the count of tokens, and the end of the stream, may lag behind the answer's own end.
AFTERWORD_SECONDS = 1.0
CONNECT_SECONDS = 5.0
PASSING = frozenset({408, 409, 425, 429})
# An account without money is no passing trouble, whatever its status says.
LASTING = "insufficient_quota"
ROUTE = "/chat/completions"

# The SDK names most of what its transport meets; the rest comes as the transport has it.
TROUBLES: tuple[type[Exception], ...] = (
    SdkTrouble,
    httpx2.HTTPError,
    httpx2.StreamError,
    ClientError,
    OSError,
    StreamSpoilt,
)

log = logging.getLogger(__name__)


class NoAnswer(ModelUnavailable):
    """Not one piece came, so that asking again shows nobody anything twice."""

    def __init__(self, text: str, *, passing: bool, after: float = 0.0) -> None:
        super().__init__(text)
        self.passing = passing
        self.after = after


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a model is, what it is called there, and what every request to it says besides."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)


class OpenAIModel:
    """See ChatModel."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        read_seconds: float,
        pause_seconds: float = 0.5,
    ) -> None:
        self._endpoint = endpoint
        self._prompter = Prompter()
        self._pause_seconds = pause_seconds
        self._chance = SystemRandom()
        self._counts = True
        self._client = _client(endpoint, read_seconds)

    async def answer(self, prompt: Prompt) -> AsyncGenerator[Sequence[Piece]]:
        messages = self._prompter.messages(prompt)
        for retry in range(RETRIES + 1):
            try:
                async with aclosing(self._ask(prompt, messages)) as batches:
                    async for batch in batches:
                        yield batch
            except NoAnswer as failure:
                pause = self._pause(failure, retry)
                if pause is None:
                    raise
                extra = {"reason": str(failure), "model": self._endpoint.model, "count": retry + 1}
                log.warning("a model did not answer and is asked again", extra=extra)
                await anyio.sleep(pause)
            else:
                return

    async def aclose(self) -> None:
        await self._client.close()

    # --- one request ------------------------------------------------------------------------

    async def _ask(
        self, prompt: Prompt, messages: Sequence[Mapping[str, Any]]
    ) -> AsyncGenerator[Sequence[Piece]]:
        reader = ChunkReader(self._endpoint.model)
        # Raw bytes: the SDK's own chunks cost ten times as much a token.
        create: Any = self._client.chat.completions.with_streaming_response.create
        try:
            async with create(**self._request(prompt, messages)) as response:
                stream = cast("AsyncGenerator[bytes]", response.iter_bytes())
                async with aclosing(stream):
                    async for data in stream:
                        if pieces := reader.feed(data):
                            yield pieces
                        if reader.finished:
                            break
                    # The last event may lack the empty line that ends it.
                    if not reader.finished and (pieces := reader.feed(b"\n\n")):
                        yield pieces
                    await _hear_out(stream, reader)
        except TROUBLES as trouble:
            # After its end the answer is there, whatever becomes of the stream.
            if not reader.finished:
                raise self._failure(trouble, reader) from trouble
        _judge(reader, owes_words=_owes_words(prompt.said))
        yield reader.end()

    def _request(self, prompt: Prompt, messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        request: dict[str, Any] = {
            "model": self._endpoint.model,
            "messages": messages,
            "stream": True,
            "extra_body": dict(self._endpoint.options),
        }
        if self._counts:
            request["stream_options"] = {"include_usage": True}
        if prompt.tools:
            request["tools"] = [_function(tool) for tool in prompt.tools]
        return request

    def _failure(self, trouble: Exception, reader: ChunkReader) -> ModelFailed:
        """Before the first piece it may pass; after it, nobody could go on where it broke off."""
        if reader.spoke:
            return ModelCut(_named(trouble))
        if not isinstance(trouble, APIStatusError):
            return NoAnswer(_named(trouble), passing=True)
        if trouble.status_code in {400, 422} and self._counts and "stream_options" in str(trouble):
            # An endpoint that does not count for us; it is not asked to again.
            self._counts = False
            return NoAnswer(_named(trouble), passing=True)
        passing = trouble.status_code in PASSING or trouble.status_code >= 500
        return NoAnswer(
            _named(trouble),
            passing=passing and LASTING not in (trouble.code, trouble.type),
            after=_asked_pause(trouble.response.headers),
        )

    def _pause(self, failure: NoAnswer, retry: int) -> float | None:
        """How long to wait before the next try; None where there is none."""
        if not failure.passing or retry == RETRIES or failure.after > LONGEST_PAUSE_SECONDS:
            return None
        backoff: float = self._pause_seconds * 2**retry
        return failure.after + backoff * self._chance.uniform(0.5, 1.0)


def _client(endpoint: Endpoint, read_seconds: float) -> AsyncOpenAI:
    # An endpoint that does not take the request is a silent one: there is no limit on writing.
    timeout = httpx2.Timeout(read_seconds, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS)
    client = AsyncOpenAI(
        base_url=endpoint.url.rstrip("/").removesuffix(ROUTE),
        # Endpoints without keys take any; the SDK insists on one.
        api_key=endpoint.key or "none",
        max_retries=0,
        timeout=timeout,
        # aiohttp under the SDK: half of what a token costs by its own transport.
        http_client=DefaultAioHttpClient(timeout=timeout),
    )
    # These come from the environment of other programs, and this may be another provider.
    client.organization = client.project = None
    return client


async def _hear_out(stream: AsyncGenerator[bytes], reader: ChunkReader) -> None:
    """Take the count, and the end of the stream, which leaves the connection to the next answer."""
    with anyio.move_on_after(AFTERWORD_SECONDS):
        async for data in stream:
            reader.feed(data)


def _owes_words(said: Sequence[Said]) -> bool:
    """Whether nothing was said since the user spoke: then an empty answer is none."""
    for message in reversed(said):
        if message.role == "user":
            return True
        if message.role == "assistant" and message.text.strip():
            return False
    return True


def _judge(reader: ChunkReader, *, owes_words: bool) -> None:
    """Whether what came is an answer."""
    if not reader.finished:
        raise _broken("the stream ended without a finish_reason", reader)
    if reader.finish not in WHOLE:
        raise ModelCut(f"the answer ended with finish_reason {reader.finish}")
    # After words and a tool's result there may be nothing left to say; to a user there always is.
    if owes_words and not reader.says_something:
        raise _broken("the answer is empty", reader)


def _broken(text: str, reader: ChunkReader) -> ModelFailed:
    return ModelCut(text) if reader.spoke else NoAnswer(text, passing=True)


def _function(tool: ToolSpec) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.schema}
    return {"type": "function", "function": function}


def _named(trouble: Exception) -> str:
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
