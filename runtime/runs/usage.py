"""What a run used of its models, as AG-UI tells it."""

from collections.abc import Sequence
from typing import Any

from runtime.agent.models.base import Usage


def usage_members(usage: Sequence[Usage]) -> list[dict[str, Any]]:
    """Token counts per model; what is unknown stays out."""
    counted = []
    for entry in usage:
        members = {
            "provider": entry.provider,
            "model": entry.model,
            "inputTokens": entry.input_tokens,
            "outputTokens": entry.output_tokens,
        }
        counted.append({name: value for name, value in members.items() if value is not None})
    return [members for members in counted if members]
