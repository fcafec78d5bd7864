"""HTTP for voice: a recording comes in, its words go out, and nothing is kept."""

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from runtime.errors import Code, Problem
from runtime.media.ration import Ration
from runtime.media.recordings import Recordings, too_long
from runtime.media.types import LARGEST_AUDIO
from runtime.web.identity import require_user
from runtime.web.multipart import MULTIPART, FileLimit, read_form
from runtime.web.operation import Json, Operation
from runtime.web.parsing import Wire

BODY_LIMIT = LARGEST_AUDIO + 64 * 1024


class RecordingForm(Wire):
    """A form with one recording."""

    audio: bytes = Field(json_schema_extra={"format": "binary"})


class Transcription(Wire):
    text: str


class TranscriptionRoutes:
    """POST /transcriptions."""

    def __init__(self, *, recordings: Recordings, ration: Ration) -> None:
        self._recordings = recordings
        self._ration = ration

    async def transcribe(self, request: Request) -> Response:
        await self._ration.take(require_user(request).id)
        refusal = too_long(f"A recording has {LARGEST_AUDIO // 1024 // 1024} MB at most.")
        limits = {"audio": FileLimit(LARGEST_AUDIO, refusal)}
        async with read_form(request, files=limits) as form, self._recordings.room:
            content = form.files[0].read() if form.files else b""
            text = await self._recordings.words(content)
        if not text:
            raise Problem(Code.AGENT_AUDIO_EMPTY, "Nothing is said in the recording.")
        return Json(Transcription(text=text))

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "POST",
                "/agent/transcriptions",
                self.transcribe,
                summary="What is said in a recording",
                takes=RecordingForm,
                takes_type=MULTIPART,
                gives=Transcription,
                body_limit=BODY_LIMIT,
                problems=(
                    Code.REQUEST_VALIDATION_ERROR,
                    Code.AGENT_AUDIO_EMPTY,
                    Code.AGENT_AUDIO_TOO_LARGE,
                    Code.AGENT_AUDIO_UNSUPPORTED_FORMAT,
                    Code.AGENT_ASR_UNAVAILABLE,
                    Code.AGENT_FILES_TOO_OFTEN,
                ),
                tags=("files",),
            )
        ]
