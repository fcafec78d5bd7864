"""A worker killed around a tool's effect, and tried again: the effect is there once."""

import json
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support import web
from tests.support.api import Api, Body
from tests.support.approvals import ask, entry, resumed
from tests.support.server import ServerProcess
from tests.support.viewer import Viewer, wait_until

# Points that lie within effects; those around every tool's are DECISIONS of the crash matrix.
EFFECTS = (
    "share.added",
    "drawing.reserved",
    "drawing.stored",
    "reminder.told",
    "reminder.committed",
)
DRAW = "call draw_chart {}; say 1"
# tool → its script, and the table that it leaves one row in
ACTS = {
    "save": ('call save_reading {"title":"Kept"}; say 1', "saved_readings"),
    "remind": ('call set_reminder {"at":"%s","text":"Look."}; say 1', "reminders"),
    "share": ("call share_reading {}; say 1", "shares"),
    "profile": ('call update_profile {"gender":"female"}; say 1', "profile_changes"),
    "recall": ("call recall_readings {}; say 1", ""),
}


def script_of(act: str) -> tuple[str, str]:
    script, table = ACTS[act]
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    return "say 2; " + (script % later if "%s" in script else script), table


def approve_and_die(server: ServerProcess, body: Body, call_id: str) -> None:
    with server.api() as ann:
        path = f"/agent/runs/{body.run}/tool-calls/{call_id}/decision"
        decided = Viewer(ann, "POST", path, {"decision": "approve"})
        assert server.wait() == -signal.SIGKILL
        decided.leave()


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("point", ["tool.begun", "tool.done"])
def test_an_effect_happens_once_though_its_worker_is_killed(
    point: str, act: str, unstarted: ServerProcess
) -> None:
    """Before it, after it: the next attempt does what is still to be done."""
    script, table = script_of(act)
    server = unstarted.start(CRASH_POINT=point)
    with server.api() as ann:
        body, (call_id,) = ask(ann, script)
    approve_and_die(server, body, call_id)

    with server.start().api() as ann:
        going_on = ann.decide(body.run, call_id).json()["runId"]
        assert ann.ended(going_on)["status"] == "succeeded"
        assert ann.call(body.run, call_id).json()["state"] == "completed"
        assert ann.balance() == 90
    if table:
        assert server.beside.count(table) == 1
    assert not server.audit()["findings"]


@pytest.mark.parametrize("point", ["tool.begun", "tool.done"])
def test_a_yes_that_came_with_a_run_is_kept_though_its_worker_is_killed(
    point: str, unstarted: ServerProcess
) -> None:
    """Its client does not know the chart: that is shown once all is done that cannot be undone."""
    script, table = script_of("save")
    server = unstarted.start(CRASH_POINT=point)
    with server.api() as ann:
        body, (call_id,) = ask(ann, script)
        going_on, changes = resumed(body, entry(call_id, {"approved": True}))
        said = Viewer(ann, "POST", "/agent/runs", going_on.json(**changes))
        assert server.wait() == -signal.SIGKILL
        said.leave()

    with server.start().api() as ann:
        assert ann.ended(going_on.run)["status"] == "succeeded"
        assert ann.balance() == 90
    assert server.beside.count(table) == 1
    assert not server.audit()["findings"]


def test_the_link_of_a_retried_share_is_the_one_that_opens(unstarted: ServerProcess) -> None:
    script, _ = script_of("share")
    server = unstarted.start(CRASH_POINT="share.added")
    with server.api() as ann:
        body, (call_id,) = ask(ann, script)
    approve_and_die(server, body, call_id)
    assert server.beside.count("shares") == 1

    with server.start().api() as ann:
        ann.ended(ann.decide(body.run, call_id).json()["runId"])
        link = ann.call(body.run, call_id).json()["result"].rpartition(": ")[2]
        assert web.get(ann.url + link).status_code == 200
    assert server.beside.count("shares") == 1


@pytest.mark.parametrize(("point", "files"), [("drawing.reserved", 0), ("drawing.stored", 1)])
def test_a_drawing_is_whole_or_not_there(point: str, files: int, unstarted: ServerProcess) -> None:
    """A run that had begun to speak is not tried again: its points go back."""
    server = unstarted.start(CRASH_POINT=point)
    body = Body(DRAW)
    with server.api() as ann:
        viewer = Viewer(ann, "POST", "/agent/runs", body.json(), Accept="application/json")
        assert server.wait() == -signal.SIGKILL
        viewer.leave()

    with server.start().api() as ann:
        assert ann.ended(body.run)["status"] == "failed"
        assert [call["state"] for call in ann.calls(body.run)] == ["failed"]
        assert ann.balance() == 100
        found = drawings_in(server)
        assert len(found) == files
        assert all(file.read_text().endswith("</svg>") for file in found)
        assert server.beside.count("drawings") == 1
        ann.http.delete(f"/agent/sessions/{body.thread}")
        wait_until(lambda: server.beside.count("drawings") == 0)
        assert drawings_in(server) == []


def drawings_in(server: ServerProcess) -> list[Path]:
    return list((server.data_dir / "files").glob("u/*/charts/*"))


@pytest.mark.parametrize("point", ["reminder.told", "reminder.committed"])
def test_a_reminder_is_told_once_though_the_sweep_is_killed(
    point: str, unstarted: ServerProcess
) -> None:
    server = unstarted.start(CRASH_POINT=point)
    soon = datetime.now(UTC) + timedelta(seconds=1)
    with server.api() as ann:
        arguments = json.dumps({"at": soon.isoformat(), "text": "Look."})
        body, (call_id,) = ask(ann, f"call set_reminder {arguments}; say 1")
        ann.decide(body.run, call_id)
    assert server.wait() == -signal.SIGKILL
    assert server.beside.count("notifications") == (0 if point == "reminder.told" else 1)

    with server.start().api() as ann:
        wait_until(lambda: bool(notifications(ann)))
        ann.perform(Body("say 1"))
        assert len(notifications(ann)) == 1


def notifications(api: Api) -> list[object]:
    return list(api.get("/notifications").json()["items"])
