"""Voice: a recording comes in, its words go out, whatever the endpoint behind it does."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.api import Api
from tests.support.media import mp4, ogg, pdf, picture, wav
from tests.support.problems import assert_problem
from tests.support.server import NewFolder, Serve, ServerProcess
from tests.support.speech_endpoint import SpeechEndpoint

SECONDS = 1.5
MB = 1024 * 1024


class Booth:
    """A server and who listens for it."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.endpoint = stack.enter_context(SpeechEndpoint())
        server = ServerProcess(
            folder,
            ASR_URL=self.endpoint.url,
            ASR_MODEL="ear",
            ASR_API_KEY="canary-key",
            ASR_SECONDS=SECONDS,
            AUDIO_SECONDS=60,
            MEDIA_PER_MINUTE=1_000,
        ).start()
        stack.callback(server.stop)
        self.server = server
        self.api = stack.enter_context(server.api())

    def hear(self, content: bytes, name: str = "audio") -> httpx2.Response:
        return self.api.post("/agent/transcriptions", files={name: ("a.wav", content)})


@pytest.fixture(scope="module")
def booths(new_folder: NewFolder) -> Iterator[Booth]:
    with ExitStack() as stack:
        booth = Booth(new_folder(), stack)
        yield booth
        assert not [line for line in booth.server.lines if "undeclared problem" in line]
        assert not [line for line in booth.server.lines if "canary" in line]


@pytest.fixture
def booth(booths: Booth) -> Booth:
    booths.endpoint.says("good fortune")
    return booths


def test_a_recording_becomes_its_words(booth: Booth) -> None:
    answer = booth.hear(wav())

    assert (answer.status_code, answer.json()) == (200, {"text": "good fortune"})
    (heard,) = booth.endpoint.heard
    assert heard.path == "/v1/audio/transcriptions"
    assert heard.authorization == "Bearer canary-key"
    assert b'name="model"\r\n\r\near' in heard.body
    assert wav() in heard.body
    assert b'filename="recording.wav"' in heard.body, "the user's name for it stays here"


def test_the_words_are_bounded_and_clean(booth: Booth) -> None:
    booth.endpoint.says(" a\0b\x1b[31m\u202dc " + "x" * 9_000)

    text = booth.hear(wav()).json()["text"]

    assert text.startswith("ab[31m\u202dcx".replace("\u202dc", "\u202dc "))
    assert len(text) == 4_000


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "AGENT_AUDIO_EMPTY"),
        (b"hello", "AGENT_AUDIO_UNSUPPORTED_FORMAT"),
        (picture(), "AGENT_AUDIO_UNSUPPORTED_FORMAT"),
        (pdf(), "AGENT_AUDIO_UNSUPPORTED_FORMAT"),
        (mp4(b"isom", b"vide"), "AGENT_AUDIO_UNSUPPORTED_FORMAT"),
        (b"fLaC" + b"\xff" * 50, "AGENT_AUDIO_UNSUPPORTED_FORMAT"),
        (ogg()[:40], "AGENT_AUDIO_UNSUPPORTED_FORMAT"),
        (wav(61), "AGENT_AUDIO_TOO_LARGE"),
        (wav() + bytes(10 * MB), "AGENT_AUDIO_TOO_LARGE"),
    ],
)
def test_what_nobody_should_listen_to_is_refused_before_anyone_does(
    booth: Booth, content: bytes, code: str
) -> None:
    assert_problem(booth.hear(content), code, 400)
    assert booth.endpoint.heard == []


def test_a_form_without_a_recording_is_an_empty_one(booth: Booth) -> None:
    assert_problem(booth.hear(wav(), "other"), "AGENT_AUDIO_EMPTY", 400)


def test_silence_has_no_words(booth: Booth) -> None:
    booth.endpoint.says(" \n")

    assert_problem(booth.hear(wav()), "AGENT_AUDIO_EMPTY", 400)


@pytest.mark.parametrize(
    "told",
    [
        {"status": 500, "body": b"{}"},
        {"status": 401, "body": b"canary-secret"},
        {"status": 307, "body": b"", "Location": "/v1/elsewhere"},
        {"status": 200, "body": b"no json"},
        {"status": 200, "body": b"[]"},
        {"status": 200, "body": b'{"text": 7}'},
        {"status": 200, "body": b'{"text": "' + b"x" * MB + b'"}'},
        {"status": 200, "body": b"", "stalls": True},
    ],
)
def test_an_endpoint_that_does_not_do_its_work_is_said_not_to(
    booth: Booth, told: dict[str, Any]
) -> None:
    booth.endpoint.answers(**told)

    began = time.monotonic()
    refused = booth.hear(wav())

    assert_problem(refused, "AGENT_ASR_UNAVAILABLE", 502)
    assert time.monotonic() - began < SECONDS + 3
    assert "canary" not in json.dumps(refused.json())
    assert len(booth.endpoint.heard) == 1, "a voice goes where it was meant to go, and once"


def test_without_an_endpoint_nobody_listens(serve: Serve) -> None:
    with serve().api() as ann:
        refused = ann.post("/agent/transcriptions", files={"audio": ("a.wav", wav())})

    assert_problem(refused, "AGENT_ASR_UNAVAILABLE", 502)


def test_so_many_recordings_a_minute_and_no_more(serve: Serve) -> None:
    with serve(MEDIA_PER_MINUTE=2).api() as ann:
        for _ in range(2):
            sent = ann.post("/agent/transcriptions", files={"audio": ("a.wav", b"")})
            assert_problem(sent, "AGENT_AUDIO_EMPTY", 400)

        refused = ann.post("/agent/attachments", files={"file": ("a.pdf", pdf())})

    wait = assert_problem(refused, "AGENT_FILES_TOO_OFTEN", 429)["retryAfter"]
    assert wait in range(1, 61), "whole seconds"
    assert int(refused.headers["retry-after"]) >= 1


def test_strangers_are_not_listened_to(booth: Booth) -> None:
    stranger = Api(booth.server.url, "nobody")
    with stranger:
        refused = stranger.post("/agent/transcriptions", files={"audio": ("a.wav", wav())})

    assert_problem(refused, "AUTH_UNAUTHORIZED", 401)
