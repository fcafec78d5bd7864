"""Recordings, from their bytes to their words."""

import logging

import anyio

from runtime.errors import Code, Problem
from runtime.media.decoders import Decoders, MediaRefused
from runtime.media.speech import Speech, SpeechUnavailable
from runtime.media.types import SOUNDS, Kind, accepted_words, kind_of, type_of

AT_ONCE = 8

log = logging.getLogger(__name__)


class Recordings:
    """Checked before anyone is asked to listen."""

    def __init__(self, *, decoders: Decoders, speech: Speech, longest_seconds: float) -> None:
        self._decoders = decoders
        self._speech = speech
        self._longest = longest_seconds
        # Recordings that are held whole at once, while somebody listens.
        self.room = anyio.Semaphore(AT_ONCE)

    async def words(self, content: bytes) -> str:
        if not content:
            raise Problem(Code.AGENT_AUDIO_EMPTY, "The recording has no bytes.")
        media_type = type_of(content)
        if media_type is None or kind_of(media_type) is not Kind.AUDIO:
            raise _unsupported("This is no recording of a type that is taken.")
        try:
            seconds = float(await self._decoders.open({"do": "recording"}, content))
        except MediaRefused as refused:
            raise _unsupported(str(refused)) from None
        if seconds > self._longest:
            raise too_long(f"The recording is longer than {self._longest:g} seconds.")
        try:
            return await self._speech.words(content, media_type)
        except SpeechUnavailable as failure:
            log.warning("a recording was not transcribed", extra={"reason": str(failure)})
            raise Problem(
                Code.AGENT_ASR_UNAVAILABLE, "Nobody could listen to the recording."
            ) from failure


def too_long(text: str) -> Problem:
    return Problem(Code.AGENT_AUDIO_TOO_LARGE, text)


def _unsupported(why: str) -> Problem:
    text = f"{why} Taken are: {accepted_words(SOUNDS)}."
    return Problem(Code.AGENT_AUDIO_UNSUPPORTED_FORMAT, text)
