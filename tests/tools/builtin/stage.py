"""What the tests of the tools play on: a context, a session's chart, a journal with a memory."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tools.base import Tool, ToolContext
from tools.liuyao.derive import derive
from tools.liuyao.payload import parse_cast
from tools.runner import ToolAnswer, check_arguments, run_tool

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class FakeJournal:
    """Keeps readings by call id, and remembers every attempt to."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, str]] = {}
        self.attempts: list[str] = []

    async def save(
        self, call_id: str, *, user_id: str, session_id: str, title: str, note: str
    ) -> None:
        self.attempts.append(call_id)
        told = {"user_id": user_id, "session_id": session_id, "title": title, "note": note}
        self.kept.setdefault(call_id, told)


def context(**changes: Any) -> ToolContext:
    """Return a context of a session without a cast, but for what is changed."""
    whole: dict[str, Any] = {"call_id": "call-1", "now": NOW, "locale": "zh-Hans", **changes}
    return ToolContext(**whole)


def chart(**changes: object) -> dict[str, Any]:
    """Return the chart of a session: 大壮 into 睽, thrown in Shanghai late on 14 March 2026."""
    payload: dict[str, object] = {
        "question": "何时升职？",
        "category": "career",
        "method": "coins",
        "lines": [7, 7, 9, 7, 8, 6],
        "castAt": "2026-03-14T23:30:00+08:00",
        "timezone": "Asia/Shanghai",
        **changes,
    }
    return derive(parse_cast(payload, now=NOW))


async def call(tool: Tool, ctx: ToolContext | None = None, /, **arguments: object) -> ToolAnswer:
    """Call a tool as a model does, with JSON for arguments."""
    args = check_arguments(tool, json.dumps(arguments))
    return await run_tool(tool, ctx or context(), args, seconds=5)


async def told(tool: Tool, ctx: ToolContext | None = None, /, **arguments: object) -> Any:
    """Return what a tool that answers in JSON says."""
    return json.loads((await call(tool, ctx, **arguments)).content)


def row_of(rendered: str, label: str) -> str:
    """Return the row of a rendered chart that begins with a label."""
    return next(row for row in rendered.splitlines() if row.startswith(label))


def rows_of_lines(rendered: str) -> list[str]:
    """Return the six rows of a rendered chart's lines, as they come."""
    rows = rendered.splitlines()
    first = rows.index("爻（自上而下）：") + 1
    return rows[first : first + 6]


def places(derived: Mapping[str, Any]) -> list[str]:
    """Return the labels of a chart's lines from the top down."""
    return [line["label"] for line in reversed(derived["lines"])]
