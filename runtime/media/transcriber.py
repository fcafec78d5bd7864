"""Any endpoint that speaks OpenAI's audio transcriptions. Imported only where one is set."""

import json

import anyio
import httpx2

from runtime.media.speech import SpeechUnavailable, cleaned
from runtime.media.types import SUFFIXES

ROUTE = "/audio/transcriptions"
CONNECT_SECONDS = 5.0
# An answer is a few sentences; more of it is not read.
LARGEST_ANSWER = 256 * 1024


class Transcriber:
    """See runtime.media.speech.Speech."""

    def __init__(self, *, url: str, model: str, key: str, seconds: float) -> None:
        self._url = url.rstrip("/").removesuffix(ROUTE) + ROUTE
        self._model = model
        self._seconds = seconds
        self._client = httpx2.AsyncClient(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx2.Timeout(seconds, connect=CONNECT_SECONDS),
            # An endpoint that sends our users' voices elsewhere is not the one that was set.
            follow_redirects=False,
        )

    async def words(self, content: bytes, media_type: str) -> str:
        try:
            with anyio.fail_after(self._seconds):
                answer = await self._ask(content, media_type)
        except (httpx2.HTTPError, OSError) as failure:  # a TimeoutError is an OSError
            raise SpeechUnavailable(type(failure).__name__) from failure
        return cleaned(answer)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _ask(self, content: bytes, media_type: str) -> str:
        file = (f"recording.{SUFFIXES[media_type]}", content, media_type)
        told = {"model": self._model, "response_format": "json"}
        sent = self._client.stream("POST", self._url, data=told, files={"file": file})
        async with sent as response:
            if response.status_code != 200:
                raise SpeechUnavailable(f"status {response.status_code}")
            return _text_in(await _bounded(response))


async def _bounded(response: httpx2.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise SpeechUnavailable("the answer does not end")
    return bytes(body)


def _text_in(body: bytes) -> str:
    try:
        text = json.loads(body)["text"]
    except (ValueError, KeyError, TypeError, RecursionError):
        text = None
    if not isinstance(text, str):
        raise SpeechUnavailable("the answer is no transcription")
    return text
