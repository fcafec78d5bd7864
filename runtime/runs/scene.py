"""What a worker must know before it lets the model speak."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime.agent.history import history
from runtime.agent.models.base import Prompt, Said, Scene, ToolSpec
from runtime.clock import from_micros
from runtime.runs.frontend import specs_in
from runtime.runs.transcript import session_messages
from storage.sql.runs import RunKind, RunRow
from storage.sql.tool_calls import ToolCallRow
from storage.sql.transaction import Transaction
from tools.base import Tool
from tools.liuyao.cast import Cast
from tools.liuyao.derive import derive
from tools.liuyao.document import DerivedInvalid, check_shape, validate_derived


@dataclass(frozen=True, slots=True)
class Stage:
    """A run with all that was said and decided before it."""

    run: RunRow
    cast: Cast
    derived: dict[str, Any]
    messages: list[dict[str, Any]]
    # What this run, or the one that it goes on from, was asked for.
    began_as: str
    # How many of the session's messages are used, with this one.
    used: int
    # The calls that this run answers first, when it goes on after an interrupt.
    unanswered: list[ToolCallRow]
    # Tools that the user has allowed for the whole session.
    allowed: frozenset[str]
    # The client's own tools.
    frontend: list[ToolSpec]

    @property
    def mode(self) -> str:
        return "divination" if self.run.kind == RunKind.DIVINATION else "follow_up"


def set_stage(tx: Transaction, run: RunRow) -> Stage:
    session = tx.sessions.get(run.session_id)
    if session is None or session.cast is None:
        raise LookupError(f"run {run.id} has no session to read in")
    cast = Cast.from_json(json.loads(session.cast))
    # Whatever is wrong with the document ends the run here, before anyone sees it.
    derived = stored_chart(session.derived) if session.derived else fresh_chart(cast)
    calls = tx.tool_calls.of_session(session.id)
    messages = session_messages(tx, run.session_id, current=run.id)
    answered = {message.get("toolCallId") for message in messages}
    return Stage(
        run=run,
        cast=cast,
        derived=derived,
        messages=messages,
        began_as=_root(tx, run).kind,
        used=tx.runs.counted(session.id),
        unanswered=[
            call for call in calls if call.run_id == run.parent_run_id and call.id not in answered
        ],
        allowed=frozenset(call.name for call in calls if call.decision == "approve"),
        frontend=specs_in(json.loads(run.input)),
    )


def _root(tx: Transaction, run: RunRow) -> RunRow:
    return run if run.root_run_id == run.id else tx.runs.get(run.root_run_id) or run


def stored_chart(text: str) -> dict[str, Any]:
    """A chart as the session keeps it; raises DerivedInvalid for what is none."""
    try:
        derived: dict[str, Any] = json.loads(text)
    except ValueError:
        raise DerivedInvalid("it is no JSON") from None
    validate_derived(derived)
    return derived


def fresh_chart(cast: Cast) -> dict[str, Any]:
    """The chart of a cast, its shape checked before anything is built on it.

    To work it out once more, as for a stored one, would ask the same function the same.
    """
    derived = derive(cast)
    check_shape(derived)
    return derived


def prompt_for(stage: Stage, tools: Mapping[str, Tool]) -> Prompt:
    awaited = frozenset(call.id for call in stage.unanswered)
    return Prompt(
        scene=_scene(stage),
        said=history(stage.messages, awaited=awaited),
        tools=[
            *(ToolSpec(tool.name, tool.description, tool.schema()) for tool in tools.values()),
            *stage.frontend,
        ],
    )


def _scene(stage: Stage) -> Scene:
    cast = stage.cast
    return Scene(
        mode=stage.mode,
        locale=cast.locale.value,
        now=from_micros(stage.run.created_at),
        timezone=cast.zone,
        question=cast.question,
        category=cast.category.value,
        derived=stage.derived,
        querent=cast.to_json().get("querent"),
    )


def answer_of(call: ToolCallRow, content: str, state: str) -> Said:
    """A tool's answer as the model reads it."""
    return Said(role="tool", text=content, call_id=call.id, state=state)
