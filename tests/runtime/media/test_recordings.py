"""How long a recording is, told in another process by whatever its headers say."""

import random
import struct
from collections.abc import AsyncIterator

import pytest

from runtime.errors import Code, Problem
from runtime.media.decoders import Decoders
from runtime.media.recordings import Recordings
from tests.support.media import mp4, ogg, wav


class Ears:
    """Hears the same in everything; remembers what it was given."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def words(self, content: bytes, media_type: str) -> str:
        self.heard.append(media_type)
        return "good fortune"

    async def aclose(self) -> None:
        """Nothing is open."""


@pytest.fixture
async def decoders() -> AsyncIterator[Decoders]:
    made = Decoders(processes=1)
    yield made
    await made.aclose()


async def test_a_recording_within_its_limit_is_listened_to(decoders: Decoders) -> None:
    ears = Ears()
    recordings = Recordings(decoders=decoders, speech=ears, longest_seconds=2)

    assert await recordings.words(wav(1.9)) == "good fortune"
    with pytest.raises(Problem) as refused:
        await recordings.words(wav(2.1))

    assert refused.value.code is Code.AGENT_AUDIO_TOO_LARGE
    assert ears.heard == ["audio/wav"]


async def test_headers_that_lie_or_are_broken_end_nothing(decoders: Decoders) -> None:
    recordings = Recordings(decoders=decoders, speech=Ears(), longest_seconds=60)
    chance = random.Random(9)
    flac = b"fLaC\0\0\0\x22" + bytes(10) + struct.pack(">Q", 8_000 << 44 | 16_000) + bytes(80)
    mp3 = (b"\xff\xfb\x90\x64" + bytes(413)) * 4
    good = [wav(), mp4(), ogg(), ogg(b"\x01vorbis"), flac, mp3, b"ID3\x04\0\0\0\0\0\0" + mp3]
    for number in range(140):
        broken = bytearray(good[number % len(good)])
        for _ in range(number % 9):
            broken[chance.randrange(4, len(broken))] = chance.choice(
                (0, 255, chance.randrange(256))
            )

        try:
            await recordings.words(bytes(broken))
        except Problem as refused:
            if refused.code.status != 400:
                raise
