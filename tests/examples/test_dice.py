"""A tool from a package of one's own, installed as docs/extending.md says, in a real server."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.api import Body
from tests.support.server import ERYAO, ServerProcess

DICE = Path(__file__).parent / "dice"


def test_a_tool_of_an_installed_package_asks_first_and_rolls(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A process of its own: a forked one would not look again for what is installed.
    monkeypatch.setattr("tests.support.server.BUILT", ERYAO)
    source, site = tmp_path / "dice", tmp_path / "site"
    shutil.copytree(DICE, source)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    where = ["--target", str(site), "--no-deps", "--no-build-isolation", str(source)]
    # Its build backend calls a program that lies beside this Python.
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run([*pip, *where], check=True, env=os.environ | {"PATH": path})
    server = Plugged(data_dir, site)

    try:
        with server.start().api() as ann:
            body = Body('call roll_dice {"count":3}; say 2')
            asked = ann.perform(body)[-1].data["outcome"]["interrupts"]
            (call,) = ann.calls(body.run)
            goes_on = ann.decide(body.run, call["toolCallId"], "approve").json()["runId"]
            events = ann.follow(Body(thread=body.thread, run=goes_on))
    finally:
        server.stop()

    assert [interrupt["message"] for interrupt in asked] == ["Roll 3 dice?"]
    (rolled,) = (e.data["content"] for e in events if e.type == "TOOL_CALL_RESULT")
    assert all(1 <= int(die) <= 6 for die in rolled.split(", "))
    assert len(rolled.split(", ")) == 3


class Plugged(ServerProcess):
    """A server that also sees the packages of a folder."""

    def __init__(self, data_dir: Path, site: Path) -> None:
        super().__init__(data_dir)
        self._site = site

    def environment(self, settings: object = None) -> dict[str, str]:
        return {**super().environment(settings), "PYTHONPATH": str(self._site)}  # type: ignore[arg-type]
