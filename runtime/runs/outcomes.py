"""The ways a run can end, each with the row's words for it and the log's last frame."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from runtime.agent.loop import Result, TooManySteps
from runtime.agent.models.base import ModelCut, ModelUnavailable
from runtime.errors import Code
from runtime.runs.interrupts import interrupts_of
from runtime.runs.journal import Journal, RunTooLarge
from runtime.runs.scene import Stage
from runtime.runs.usage import usage_members
from storage.errors import LogClosed, LogFenced, LogLost, StorageUnavailable
from storage.sql.runs import Ending, RunKind, RunRow, RunStatus
from storage.sql.tool_calls import ToolCallRow
from tools.base import MissingRuntimeArgs, Tool
from tools.liuyao.cast import CastUnreadable
from tools.liuyao.document import DerivedInvalid

# What the user reads in RUN_ERROR; the cause is in our log, the advice at /problems/CODE.
MESSAGES = {
    Code.AGENT_MODEL_UNAVAILABLE: "The interpreter cannot be reached. Your points are back.",
    Code.AGENT_MODEL_CUT: "The interpreter broke off. Your points are back.",
    Code.AGENT_RUN_TIMED_OUT: "The reading took too long. Your points are back.",
    Code.AGENT_WORKER_LOST: "The reading was interrupted on our side. Your points are back.",
    Code.AGENT_RUN_TOO_LARGE: "The reading grew beyond its limit. Your points are back.",
    Code.AGENT_TOO_MANY_STEPS: "The reading went round in circles. Your points are back.",
    Code.AGENT_OUTPUT_DIVINATION_INVALID: "The chart could not be made. Your points are back.",
    Code.MISSING_RUNTIME_ARGS: "A tool could not be used on our side. Your points are back.",
    Code.INTERNAL_ERROR: "Something went wrong on our side. Your points are back.",
}


CODES: dict[type[Exception], Code] = {
    ModelCut: Code.AGENT_MODEL_CUT,
    ModelUnavailable: Code.AGENT_MODEL_UNAVAILABLE,
    TooManySteps: Code.AGENT_TOO_MANY_STEPS,
    RunTooLarge: Code.AGENT_RUN_TOO_LARGE,
    MissingRuntimeArgs: Code.MISSING_RUNTIME_ARGS,
    DerivedInvalid: Code.AGENT_OUTPUT_DIVINATION_INVALID,
    CastUnreadable: Code.AGENT_OUTPUT_DIVINATION_INVALID,
    LogLost: Code.AGENT_WORKER_LOST,
}
UNFORESEEN = Code.INTERNAL_ERROR


@dataclass(frozen=True, slots=True)
class Ended:
    """What there is to settle: the ending, and the log's last frame."""

    ending: Ending
    frame: bytes
    # Calls that wait, for the user's decision or for the client's answer.
    waiting: Sequence[ToolCallRow] = ()


def answered(
    stage: Stage, journal: Journal, result: Result, pending: Sequence[ToolCallRow] = ()
) -> Ended:
    """`pending` are calls of the client's own tools, which it answers in its next input."""
    frame = journal.succeeded(
        result=stage.derived if stage.run.kind == RunKind.DIVINATION else None,
        usage=result.usage,
        pending=[call.id for call in pending],
    )
    ended = _ended(stage.run, journal, RunStatus.SUCCEEDED, frame, result)
    return replace(ended, waiting=pending)


def interrupted(
    stage: Stage,
    journal: Journal,
    result: Result,
    waiting: Sequence[ToolCallRow],
    tools: Mapping[str, Tool],
) -> Ended:
    """State and messages are restated first, so that any client can answer."""
    state = {"divination_derived": stage.derived}
    journal.snapshots(state, stage.messages + journal.messages)
    frame = journal.interrupted(interrupts_of(waiting, tools), result.usage)
    ended = _ended(stage.run, journal, RunStatus.INTERRUPTED, frame, result)
    return replace(ended, waiting=waiting)


def cancelled(run: RunRow, journal: Journal) -> Ended:
    return _ended(run, journal, RunStatus.CANCELLED, journal.cancelled())


def failed(run: RunRow, journal: Journal, code: Code) -> Ended:
    frame = journal.failed(code.name, MESSAGES[code])
    ending = Ending(
        status=RunStatus.FAILED,
        showed_text=run.showed_text or journal.showed_text,
        error_code=code.name,
        error_message=MESSAGES[code],
    )
    return Ended(ending, frame)


def _ended(
    run: RunRow, journal: Journal, status: RunStatus, frame: bytes, result: Result | None = None
) -> Ended:
    usage = usage_members(result.usage) if result else []
    ending = Ending(
        status=status,
        showed_text=run.showed_text or journal.showed_text,
        usage=json.dumps(usage) if usage else None,
    )
    return Ended(ending, frame)


def code_of(failure: Exception) -> Code | None:
    """What the user is told of it; None for what ends the attempt and not the run."""
    if isinstance(failure, LogFenced | LogClosed | StorageUnavailable):
        return None
    return next((code for kind, code in CODES.items() if isinstance(failure, kind)), UNFORESEEN)
