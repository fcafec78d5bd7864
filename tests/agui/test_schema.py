"""Every frame that the server sends is AG-UI 1.0: by the protocol's own models, by its rules, by ours.

The streams are scripted runs to each kind of ending, and what is told of them afterwards: compact, as
a restored session, and as the snapshot that is left when the log is gone.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import jsonpatch
import jsonschema_rs
import pytest
from ag_ui.core import AgentCapabilities, Event
from pydantic import BaseModel, TypeAdapter

from runtime.runs.events import event_schemas
from tests.agui.rules import violations
from tests.support.api import Api, Body, frames_in
from tests.support.server import ServerProcess
from tests.support.viewer import Viewer, wait_until

LOOK_UP = 'call look_up_text {"number":1,"part":"allMoving"}'
SAVE = 'call save_reading {"title":"Mine"}'
SCRIPTS = {
    "text": "say 5",
    "thoughts": "think 3; say 2; think 1; say 1",
    "nothing": "say 0",
    "tools": f"think 1; say 2; {LOOK_UP}; {LOOK_UP}; say 3; call no_such_tool {{}}; say 1",
    "bad arguments": 'call look_up_text {"number":; say 1',
    "error in a text": "say 2; fail error after 3",
    "cut in a thought": "think 3; fail cut",
    "error after a call": f"{LOOK_UP}; fail error",
    "called off": "think 2; say 500 pace 20",
}
EVENT: TypeAdapter[BaseModel] = TypeAdapter(Event)


@dataclass(frozen=True)
class Stream:
    """One answer of the server, and the calls that it may answer though another run made them."""

    events: list[dict[str, Any]]
    earlier: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def streams(ann: Api, hosted: ServerProcess) -> dict[str, Stream]:
    hosted.beside.set_balance(ann.email, 1_000)
    told = dict(_told(ann))
    restarted(hosted, LOG_RETENTION_DAYS=1e-9)
    with hosted.api(ann.email) as again:
        for name, body in BODIES.items():
            wait_until(lambda body=body: len(again.log(body)) > 0 and is_snapshot(again, body))  # type: ignore[misc]
            told[f"{name}, log gone"] = Stream(events_in(again.log(body)))
    return told
