"""The shape that arguments of every built-in tool have: closed, strict, camelCase."""

import unicodedata

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Arguments(BaseModel):
    """What a model may send to a tool: these names, these types, and nothing else."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        hide_input_in_errors=True,
    )


def prose(text: str) -> str:
    """Refuse what cannot be read or, as a zero byte in Postgres, cannot be kept."""
    if any(unicodedata.category(char) == "Cc" and char != "\n" for char in text):
        raise ValueError("no control characters other than a line feed")
    return text


def heading(text: str) -> str:
    """Refuse what does not fit on one line of a question to the user."""
    if len(prose(text).splitlines()) > 1:
        raise ValueError("one line only")
    return text
