"""Every knob of the server, each with its sentence; docs/settings.md is made from here."""

import json
import os
from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "ERYAO_"
ENV_FILE = ".env"


class LogLevel(StrEnum):
    """How much the server says about itself."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class SettingsWrong(Exception):
    """Some variables cannot be used: one sentence for each."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def _split(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _origin(text: str) -> str:
    scheme, mark, rest = text.partition("://")
    if scheme not in {"http", "https"} or not mark or not rest or "/" in rest or "*" in rest:
        raise ValueError("it must look like https://app.example.com, without a path")
    return text.lower()


def _json_object(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        read = json.loads(value or "{}")
    except ValueError:
        read = None
    if isinstance(read, dict):
        return read
    raise ValueError("it must be a JSON object")


def _free_of_ours(options: dict[str, Any]) -> dict[str, Any]:
    if taken := OUR_OPTIONS & options.keys():
        raise ValueError(f"{', '.join(sorted(taken))} are the server's own to say")
    return options


def _address(text: str) -> str:
    return _origin(text.rstrip("/")) if text else ""


def _one_of(*beginnings: str) -> AfterValidator:
    def check(text: str) -> str:
        if text and not text.startswith(beginnings):
            raise ValueError(f"it must be empty or begin with {', '.join(beginnings)}")
        return text

    return AfterValidator(check)


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


Commas = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Origins = Annotated[
    tuple[Annotated[str, AfterValidator(_origin)], ...], NoDecode, BeforeValidator(_split)
]
# What each request to a model says anyway.
OUR_OPTIONS = frozenset({"messages", "model", "n", "stream", "stream_options", "tools"})
Options = Annotated[
    dict[str, Any], NoDecode, BeforeValidator(_json_object), AfterValidator(_free_of_ours)
]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Points = Annotated[int, Field(ge=0, le=1_000_000_000)]


class Settings(BaseModel):
    """All settings of one process; built by load(), or by hand in tests."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    # Where it listens
    host: str = Field(default="127.0.0.1", min_length=1, description="The address to listen on.")
    port: int = Field(default=8000, ge=0, le=65_535, description="The port; 0 takes any free one.")
    forwarded_allow_ips: Commas = Field(
        default=("127.0.0.1",),
        description="Proxies whose X-Forwarded headers are believed, separated by commas; "
        "* believes everybody and is only safe where nobody else can connect.",
    )
    allowed_origins: Origins = Field(
        default=(), description="Browser origins that may call the API, separated by commas."
    )

    public_url: Annotated[str, AfterValidator(_address)] = Field(
        default="", description="How people reach this server, for links: https://api.example.com."
    )

    # What it is built on
    data_dir: Path = Field(
        default=Path("data"),
        description="The folder for whatever is kept without an outside service.",
    )
    database_url: Annotated[str, _one_of("sqlite:///", "postgresql://")] = Field(
        default="", description="The database; empty is an SQLite file in the data folder."
    )
    redis_url: Annotated[str, _one_of("redis://", "rediss://", "unix://")] = Field(
        default="", description="Redis, needed once several servers share the work; empty is none."
    )
    blob_url: Annotated[str, _one_of("file://", "s3://", "http://", "https://")] = Field(
        default="", description="The store for uploaded files; empty is the data folder."
    )
    mail_url: Annotated[str, _one_of("console:", "file:", "smtp://", "smtps://")] = Field(
        default="",
        description="The mail server for one-time codes; empty prints the mails instead.",
    )
    model_url: Annotated[str, _one_of("builtin:", "scripted:", "http://", "https://")] = Field(
        default="builtin:",
        min_length=1,
        description="The model: builtin: needs nothing, scripted: is for tests, and a URL is "
        "any endpoint that speaks OpenAI's chat completions.",
    )
    model: str = Field(default="", description="The model's name at that endpoint.")
    model_api_key: SecretStr = Field(
        default=SecretStr(""), description="The key for that endpoint."
    )
    model_options: Options = Field(
        default={},
        description="A JSON object that every request to that endpoint carries, such as "
        '{"temperature": 0.7}.',
    )
    fallback_model_url: Annotated[str, _one_of("builtin:", "http://", "https://")] = Field(
        default="",
        description="A second model, at an endpoint or builtin:, that is asked where the first "
        "does not say a word; empty is none.",
    )
    fallback_model: str = Field(
        default="", description="The second model's name; empty is the first one's."
    )
    fallback_model_api_key: SecretStr = Field(
        default=SecretStr(""), description="The key for the second endpoint."
    )
    fallback_model_options: Options = Field(
        default={}, description="The same as for the first model, for the second one."
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="The key that signs tokens and URLs, the same on every server; empty makes "
        "one, once, in the data folder.",
    )

    # The offer
    session_user_messages: Count = Field(
        default=2, description="User messages in one session: the divination and its follow-ups."
    )
    drawings_per_user: Count = Field(default=50, description="Drawings one user may keep.")
    streams_per_user: Count = Field(
        default=3, description="Event streams one user may hold open at once."
    )
    price_divination: Points = Field(default=10, description="Points that a divination costs.")
    price_follow_up: Points = Field(default=5, description="Points that a follow-up costs.")
    signup_points: Points = Field(default=100, description="Points that a new user starts with.")

    # Runs
    worker_runs: Count = Field(
        default=256, description="Runs that one worker process drives at once."
    )
    run_seconds: Seconds = Field(default=180, description="The longest that a run may take.")
    first_token_seconds: Seconds = Field(
        default=30, description="The longest wait for the first piece of a model's answer."
    )
    silence_seconds: Seconds = Field(
        default=20, description="The longest pause within a model's answer before it counts as cut."
    )
    max_steps: Count = Field(
        default=8, description="Times that the model may be asked within one run."
    )
    tool_seconds: Seconds = Field(
        default=30, description="The longest that one tool call may take."
    )
    approval_seconds: Seconds = Field(
        default=900, description="How long a tool call waits for the user's approval."
    )
    lease_seconds: Seconds = Field(
        default=15, description="How long a silent worker keeps its runs before another takes over."
    )
    builtin_pace_ms: int = Field(
        default=15,
        ge=0,
        le=10_000,
        description="Milliseconds between two pieces of a built-in reading.",
    )

    # Streams
    flush_ms: int = Field(
        default=5,
        ge=0,
        le=1_000,
        description="Milliseconds that events are gathered into one write.",
    )
    join_deltas: bool = Field(
        default=False, description="Join text pieces of one gathering into a single event."
    )
    heartbeat_seconds: Seconds = Field(
        default=15, description="The pause between two heartbeats on a quiet stream."
    )
    send_seconds: Seconds = Field(
        default=30,
        description="How long a client may take nothing of an answer before it is cut off.",
    )
    stream_minutes: float = Field(
        default=15,
        gt=0,
        le=1_440,
        description="The longest that one stream stays open before it renews.",
    )
    log_retention_days: float = Field(
        default=30, gt=0, le=3_650, description="Days that a finished run's events can be replayed."
    )

    # Requests
    header_seconds: Seconds = Field(
        default=10, description="How long a client may take to send a request's headers."
    )
    body_seconds: Seconds = Field(
        default=30, description="How long a body may take, besides a second for each 100 kB of it."
    )
    body_limit_kb: int = Field(
        default=1_024, ge=1, le=1_048_576, description="The largest body in KiB, uploads aside."
    )
    access_token_seconds: Seconds = Field(
        default=600, description="How long an access token is good for."
    )

    # The process
    grace_seconds: Annotated[float, Field(ge=0, le=86_400)] = Field(
        default=25,
        description="How long running runs get to finish once the server is told to stop.",
    )
    log_level: Annotated[LogLevel, BeforeValidator(_upper)] = Field(
        default=LogLevel.INFO,
        description="DEBUG, INFO, WARNING or ERROR; DEBUG also writes the texts of exceptions, "
        "which may quote what users sent.",
    )

    _warnings: tuple[str, ...] = PrivateAttr(default=())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What looks mistaken in the environment without being fatal."""
        return self._warnings

    @property
    def body_limit(self) -> int:
        """The largest body in bytes."""
        return self.body_limit_kb * 1_024

    def warned(self, sentences: tuple[str, ...]) -> Self:
        """The same settings with these warnings."""
        self._warnings = sentences
        return self


class _FromEnvironment(BaseSettings, Settings):
    """The settings as the environment has them; kept apart so that tests see no environment."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ENV_FILE, env_file_encoding="utf-8", extra="ignore"
    )


def variable(field: str) -> str:
    """The environment variable behind a field."""
    return PREFIX + field.upper()


def load() -> Settings:
    """Read the environment and .env; every wrong variable has its sentence in SettingsWrong."""
    try:
        settings = _FromEnvironment()
    except ValidationError as exc:
        errors = exc.errors(include_url=False, include_context=False)
        raise SettingsWrong([_sentence(error) for error in errors]) from None
    return settings.warned(tuple(_unknown(_given())))


def _given() -> Mapping[str, str | None]:
    return dotenv_values(ENV_FILE, encoding="utf-8") | dict(os.environ)


def _unknown(given: Mapping[str, str | None]) -> list[str]:
    known = [variable(field) for field in Settings.model_fields]
    strangers = sorted(
        name for name in given if name.upper().startswith(PREFIX) and name.upper() not in known
    )
    return [_stranger(name, known) for name in strangers]


def _stranger(name: str, known: list[str]) -> str:
    # Without the prefix: all names share it, so any two would look alike.
    bare = {other.removeprefix(PREFIX): other for other in known}
    near = get_close_matches(name.upper().removeprefix(PREFIX), bare, n=1)
    hint = f"; did you mean {bare[near[0]]}?" if near else "."
    return f"{name} is not a setting of this server and has no effect{hint}"


def _sentence(error: Mapping[str, Any]) -> str:
    field = str(error["loc"][0])
    message = str(error["msg"]).removeprefix("Value error, ").replace("Input", "it", 1)
    message = message.partition(", unable")[0]
    # Keys and passwords stand in these: say what is wrong, not what was there.
    if "url" in field or "key" in field:
        return f"{variable(field)} cannot be used: {message}."
    return f"{variable(field)} cannot be {str(error['input'])[:80]!r}: {message}."
