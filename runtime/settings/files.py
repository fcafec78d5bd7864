"""Files and voice."""

from typing import Annotated

from pydantic import BaseModel, Field, SecretStr

from runtime.settings.values import Count, Seconds, one_of


class Files(BaseModel):
    """Files and voice."""

    attachments_per_user: Count = Field(
        default=200, description="Files that one user may have attached to sessions."
    )
    attachments_mb_per_user: Count = Field(
        default=200, description="Megabytes that those files may have together."
    )
    media_per_minute: Count = Field(
        default=30, description="Files and recordings that one user may send in a minute."
    )
    media_processes: Count = Field(
        default=2, description="Processes that open users' files, one at a time each."
    )
    file_readers: Count = Field(
        default=256,
        description="Files that one process sends at once; each is two open files and up to half "
        "a megabyte of memory.",
    )
    file_readers_per_user: Count = Field(
        default=32, description="How many of those may be of one user, whoever reads them."
    )
    model_sees_images: bool = Field(
        default=False, description="Whether the model behind the endpoint takes pictures."
    )
    model_hears_audio: bool = Field(
        default=False,
        description="Whether it takes recordings (wav and mp3); others are transcribed for it.",
    )
    asr_url: Annotated[str, one_of("http://", "https://")] = Field(
        default="",
        description="An endpoint that speaks OpenAI's audio transcriptions; empty is none.",
    )
    asr_model: str = Field(default="whisper-1", description="The model's name at that endpoint.")
    asr_api_key: SecretStr = Field(default=SecretStr(""), description="The key for that endpoint.")
    asr_seconds: Seconds = Field(
        default=30, description="The longest that one transcription may take."
    )
    audio_seconds: Seconds = Field(
        default=300, description="The longest recording that is transcribed."
    )
