"""How runs are driven."""

from pydantic import BaseModel, Field

from runtime.settings.values import Count, Seconds


class Running(BaseModel):
    """How runs are driven."""

    worker_runs: Count = Field(
        default=256, description="Runs that one worker process drives at once."
    )
    run_seconds: Seconds = Field(default=180, description="The longest that a run may take.")
    first_token_seconds: Seconds = Field(
        default=30, description="The longest wait for the first piece of a model's answer."
    )
    silence_seconds: Seconds = Field(
        default=20, description="The longest pause within a model's answer before it counts as cut."
    )
    suggestion_seconds: Seconds = Field(
        default=5,
        description="The longest that a finished reading waits for a model's suggestions.",
    )
    max_steps: Count = Field(
        default=8, description="Times that the model may be asked within one run."
    )
    tool_seconds: Seconds = Field(
        default=30, description="The longest that one tool call may take."
    )
    approval_seconds: Seconds = Field(
        default=900, description="How long a tool call waits for the user's approval."
    )
    ready_notice_seconds: Seconds = Field(
        default=10,
        description="How long a finished reading waits for its user to come back before a "
        "notification tells of it.",
    )
    lease_seconds: Seconds = Field(
        default=15, description="How long a silent worker keeps its runs before another takes over."
    )
    sweep_seconds: Seconds = Field(
        default=5,
        description="The pause between two looks for what has become due: reminders, questions "
        "that nobody answered, files of what was forgotten.",
    )
    builtin_pace_ms: int = Field(
        default=15,
        ge=0,
        le=10_000,
        description="Milliseconds between two pieces of a built-in reading.",
    )
