"""What is announced is what a client can count on."""

import pytest

from runtime.runs.capabilities import capabilities
from runtime.settings import Settings


@pytest.mark.parametrize(
    ("hears", "asr_url", "audio", "transcription"),
    [
        (False, "", False, False),
        (True, "", True, False),  # a recording reaches the model, a voice becomes no words
        (False, "http://127.0.0.1:9/v1", True, True),
        (True, "http://127.0.0.1:9/v1", True, True),
    ],
)
def test_hearing_and_transcribing_are_told_apart(
    *, hears: bool, asr_url: str, audio: bool, transcription: bool
) -> None:
    told = capabilities({}, Settings(model_hears_audio=hears, asr_url=asr_url))

    assert told["multimodal"]["input"]["audio"] is audio
    assert told["custom"]["transcription"] is transcription
