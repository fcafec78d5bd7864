"""What this server can do, in AG-UI's shape."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from runtime.settings import Settings
from runtime.web.operation import Json, Operation
from tools.base import Tool
from tools.liuyao.vocabulary import Category, Locale, Method


class CapabilityRoutes:
    """GET /agent/capabilities."""

    def __init__(self, tools: Mapping[str, Tool], settings: Settings) -> None:
        self._capabilities = capabilities(tools, settings)

    async def show(self, request: Request) -> Response:
        return Json(self._capabilities)

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "GET",
                "/agent/capabilities",
                self.show,
                summary="What the agent can do, as AG-UI's AgentCapabilities",
                gives=dict[str, Any],
                tags=("runs",),
            )
        ]


def capabilities(tools: Mapping[str, Tool], settings: Settings) -> dict[str, Any]:
    return {
        "identity": {"name": "eryao", "type": "custom", "provider": "eryao"},
        "transport": {"streaming": True, "resumable": True},
        "tools": {
            "supported": True,
            "items": [_tool(tool) for tool in tools.values()],
            "clientProvided": True,
        },
        "output": {"structuredOutput": True},
        "state": {"snapshots": True, "deltas": True, "persistentState": True},
        "reasoning": {"supported": True, "streaming": True},
        "multimodal": {"input": _senses(settings)},
        "execution": {
            "maxIterations": settings.max_steps,
            "maxExecutionTime": int(settings.run_seconds * 1000),
        },
        "humanInTheLoop": {
            "supported": True,
            "approvals": True,
            "interrupts": True,
            "approveWithEdits": True,
        },
        "custom": {
            "divination": {
                "payloadVersion": 1,
                "categories": [category.value for category in Category],
                "methods": [method.value for method in Method],
                "locales": [locale.value for locale in Locale],
                "userMessages": settings.session_user_messages,
            },
            "transcription": bool(settings.asr_url),
        },
    }


def _tool(tool: Tool) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description, "parameters": tool.schema()}


def _senses(settings: Settings) -> dict[str, bool]:
    """What of a file reaches the model; any that is taken may be attached.

    A recording reaches it as sound or, where there is a transcriber, as words. Whether a voice
    may be sent to become words alone stands in `custom.transcription`.
    """
    return {
        "image": settings.model_sees_images,
        "audio": settings.model_hears_audio or bool(settings.asr_url),
        "pdf": False,
        "video": False,
    }
