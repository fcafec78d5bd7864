"""Which model the settings mean."""

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from runtime.agent.models.base import ChatModel
from runtime.agent.models.builtin import BuiltinModel
from runtime.agent.models.fallback import FallbackModel
from runtime.agent.models.scripted import ScriptedModel
from runtime.settings import Settings, variable

# Beyond the worker's own watch, so that a run's ending says what the watch saw.
READ_SLACK_SECONDS = 5


def model_from(settings: Settings) -> ChatModel:
    """Raise ValueError, with a sentence for the operator, where a name is missing."""
    if settings.model_url.startswith("scripted:"):
        return ScriptedModel()
    first = _model(
        settings, settings.model_url, settings.model, settings.model_api_key, settings.model_options
    )
    if not settings.fallback_model_url:
        return first
    second = _model(
        settings,
        settings.fallback_model_url,
        settings.fallback_model or settings.model,
        settings.fallback_model_api_key,
        settings.fallback_model_options,
    )
    # Half of the wait that a user is promised, so that the second has the other half.
    return FallbackModel(first, second, patience_seconds=settings.first_token_seconds / 2)


def _model(
    settings: Settings, url: str, name: str, key: SecretStr, options: Mapping[str, Any]
) -> ChatModel:
    if url.startswith("builtin:"):
        return BuiltinModel(pace_ms=settings.builtin_pace_ms)
    if not name:
        raise ValueError(f"{variable('model')} must name the model at {variable('model_url')}.")
    # Only now: the embedded server never loads the SDK.
    from runtime.agent.models.openai import Endpoint, OpenAIModel  # noqa: PLC0415

    return OpenAIModel(
        Endpoint(url=url, model=name, key=key.get_secret_value().strip(), options=options),
        read_seconds=max(settings.first_token_seconds, settings.silence_seconds)
        + READ_SLACK_SECONDS,
    )
