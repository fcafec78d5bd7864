"""What the values of settings may look like."""

import json
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode


class LogLevel(StrEnum):
    """How much the server says about itself."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


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


def address(text: str) -> str:
    return _origin(text.rstrip("/")) if text else ""


def one_of(*beginnings: str) -> AfterValidator:
    def check(text: str) -> str:
        if text and not text.startswith(beginnings):
            raise ValueError(f"it must be empty or begin with {', '.join(beginnings)}")
        return text

    return AfterValidator(check)


def upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


Commas = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
SecretCommas = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split)]
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
