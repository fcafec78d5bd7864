"""Which model a URL means."""

from runtime.agent.models.base import ChatModel
from runtime.agent.models.builtin import BuiltinModel
from runtime.agent.models.scripted import ScriptedModel


def model_from(url: str, *, builtin_pace_ms: int) -> ChatModel:
    if url.startswith("builtin:"):
        return BuiltinModel(pace_ms=builtin_pace_ms)
    if url.startswith("scripted:"):
        return ScriptedModel()
    raise ValueError(f"no model speaks {url.partition(':')[0]}: yet; use builtin:")
