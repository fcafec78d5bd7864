"""Every knob of the server, each with its sentence; docs/settings.md is made from here."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Self

from dotenv import dotenv_values
from pydantic import ConfigDict, PrivateAttr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.settings.accounts import Accounts
from runtime.settings.feedback import FeedbackSettings
from runtime.settings.files import Files
from runtime.settings.models import Models
from runtime.settings.offer import Offer
from runtime.settings.payments import Payments
from runtime.settings.running import Running
from runtime.settings.serving import Serving
from runtime.settings.stores import Stores
from runtime.settings.streaming import Streaming

PREFIX = "ERYAO_"
ENV_FILE = ".env"
# Read by `eryao ask`, and no setting of a server.
ASKED_WITH = ("ERYAO_TOKEN",)


class SettingsWrong(Exception):
    """Some variables cannot be used: one sentence for each."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


# Bases are read from the last to the first: that is the order of docs/settings.md.
class Settings(
    FeedbackSettings, Payments, Accounts, Streaming, Running, Offer, Files, Models, Stores, Serving
):
    """All settings of one process; built by load(), or by hand in tests."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

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
    known = [*map(variable, Settings.model_fields), *ASKED_WITH]
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
