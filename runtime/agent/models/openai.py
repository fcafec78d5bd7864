"""A model behind any endpoint that speaks OpenAI's chat completions.

Imported only where such an endpoint is set: the SDK takes a third of a second and 20 MiB.
"""

import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from random import SystemRandom
from typing import Any, cast

import anyio
import httpx2
from openai import APIStatusError, AsyncOpenAI, DefaultAioHttpClient

from runtime.agent.models.base import (
    ModelCut,
    ModelFailed,
    Piece,
    Prompt,
    Said,
    Suggested,
    Text,
    ToolSpec,
    Usage,
)
from runtime.agent.models.chunks import WHOLE, ChunkReader
from runtime.agent.models.structured import Completion, Documents, FormatRefused
from runtime.agent.models.troubles import TROUBLES, NoAnswer, named, refusal
from runtime.agent.prompting import Message, Prompter
from runtime.agent.suggestions import Questions

RETRIES = 2
# The longest that an endpoint may ask us to wait; beyond it the run fails at once.
LONGEST_PAUSE_SECONDS = 20
# How long the count of tokens, and the end of the stream, may lag behind the answer's own end.
AFTERWORD_SECONDS = 1.0
CONNECT_SECONDS = 5.0
# Enough for some thought before a few lines; endpoints know the limit by one of two names.
DOCUMENT_TOKENS = 600
CAP, NEWER_CAP = "max_tokens", "max_completion_tokens"
# What operators may say of answers, and what a document is asked for without.
OF_ANSWERS = frozenset(
    {CAP, NEWER_CAP, "response_format", "stop", "tool_choice", "parallel_tool_calls"}
)
ROUTE = "/chat/completions"

log = logging.getLogger(__name__)


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
        self._cap = CAP
        self._documents = Documents(self._complete)
        self._client = _client(endpoint, read_seconds)

    async def answer(self, prompt: Prompt) -> AsyncGenerator[Sequence[Piece]]:
        messages = self._prompter.messages(prompt)
        owes_words = _owes_words(prompt.said)
        for retry in range(RETRIES + 1):
            try:
                request = self._request(messages, prompt.tools)
                async with aclosing(self._ask(request, owes_words=owes_words)) as batches:
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

    async def suggest(self, prompt: Prompt, *, most: int, seconds: float) -> Suggested:
        messages = self._prompter.suggestions(prompt, most)
        asked = await self._documents.ask(messages, Questions, seconds=seconds)
        questions = asked.document.questions if asked.document else ()
        return Suggested(tuple(questions), tuple(asked.usage))

    async def aclose(self) -> None:
        await self._client.close()

    # --- one request ------------------------------------------------------------------------

    async def _complete(
        self, messages: Sequence[Message], response_format: Mapping[str, Any] | None
    ) -> Completion:
        """See structured.Complete. What may pass is not waited for: an extra has no second try."""
        while True:
            request = self._request_for_document(messages, response_format)
            try:
                async with aclosing(self._ask(request, owes_words=True)) as batches:
                    pieces = [piece async for batch in batches for piece in batch]
            except NoAnswer as failure:
                if failure.refused:
                    raise FormatRefused from failure
                if not failure.learnt:
                    raise
            else:
                usage = next(piece for piece in pieces if isinstance(piece, Usage))
                words = [piece.delta for piece in pieces if isinstance(piece, Text)]
                return Completion("".join(words), usage)

    async def _ask(
        self, request: Mapping[str, Any], *, owes_words: bool
    ) -> AsyncGenerator[Sequence[Piece]]:
        reader = ChunkReader(self._endpoint.model)
        # Raw bytes: the SDK's own chunks cost ten times as much a token.
        create: Any = self._client.chat.completions.with_streaming_response.create
        try:
            async with create(**request) as response:
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
                raise self._failure(trouble, reader, request) from trouble
        _judge(reader, owes_words=owes_words)
        yield reader.end()

    def _request(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()
    ) -> dict[str, Any]:
        request: dict[str, Any] = {
            "model": self._endpoint.model,
            "messages": messages,
            "stream": True,
            "extra_body": dict(self._endpoint.options),
        }
        if self._counts:
            request["stream_options"] = {"include_usage": True}
        if tools:
            request["tools"] = [_function(tool) for tool in tools]
        return request

    def _request_for_document(
        self, messages: Sequence[Message], response_format: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        request = self._request(messages)
        options = request["extra_body"]
        request["extra_body"] = {name: options[name] for name in options.keys() - OF_ANSWERS}
        request[self._cap] = DOCUMENT_TOKENS
        if response_format:
            request["response_format"] = response_format
        return request

    def _failure(
        self, trouble: Exception, reader: ChunkReader, request: Mapping[str, Any]
    ) -> ModelFailed:
        """Before the first piece it may pass; after it, nobody could go on where it broke off."""
        if reader.spoke:
            return ModelCut(named(trouble))
        if not isinstance(trouble, APIStatusError):
            return NoAnswer(named(trouble), passing=True)
        if self._learns(trouble, request):
            return NoAnswer(named(trouble), passing=True, learnt=True)
        return refusal(trouble)

    def _learns(self, trouble: APIStatusError, request: Mapping[str, Any]) -> bool:
        """Whether an endpoint told us how to ask; it is not asked in the other way again."""
        if trouble.status_code not in {400, 422}:
            return False
        if self._counts and "stream_options" in str(trouble):
            self._counts = False
            return True
        if CAP in request and NEWER_CAP in str(trouble):
            self._cap = NEWER_CAP
            return True
        return False

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
