"""A real `eryao serve`, started, killed, restarted and asked by tests."""

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.api import Api

START_SECONDS = 15
ERYAO = Path(sys.executable).parent / "eryao"
_OPEN = re.compile(r"is open at (http://[^/]+)/")


class ServerProcess:
    """One data folder, and at most one server on it at a time."""

    def __init__(self, data_dir: Path, **settings: object) -> None:
        self.data_dir = data_dir
        self.settings = {"MODEL_URL": "scripted:", "PORT": 0, "FLUSH_MS": 1, **settings}
        self.url = ""
        self.lines: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self._addresses: queue.Queue[str] = queue.Queue()

    # --- the process ------------------------------------------------------------------------

    def start(self, *args: str, **settings: object) -> "ServerProcess":
        """Start it and wait until it says where it is open."""
        self._process = subprocess.Popen(
            [ERYAO, "serve", *args],
            env=self.environment(settings),
            stderr=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()
        try:
            self.url = self._addresses.get(timeout=START_SECONDS)
        except queue.Empty:
            raise AssertionError("the server did not start: " + "".join(self.lines)) from None
        if not self.url:
            raise AssertionError("the server ended: " + "".join(self.lines))
        return self

    @property
    def process(self) -> subprocess.Popen[str]:
        assert self._process is not None, "the server was not started"
        return self._process

    def kill(self) -> None:
        """kill -9: nothing of it gets to tidy up."""
        self.signal(signal.SIGKILL)
        self.wait()

    def terminate(self) -> None:
        """SIGTERM, as a deploy does; returns at once."""
        self.signal(signal.SIGTERM)

    def signal(self, number: signal.Signals) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)

    def wait(self, seconds: float = 15) -> int:
        return self.process.wait(timeout=seconds)

    def stop(self) -> None:
        """Whatever state it is in, it is gone afterwards."""
        if self._process is not None and self._process.poll() is None:
            self.signal(signal.SIGCONT)
            self.kill()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        with process.stderr as stderr:
            for line in stderr:
                self.lines.append(line)
                if match := _OPEN.search(line):
                    self._addresses.put(match[1])
        self._addresses.put("")

    # --- beside it --------------------------------------------------------------------------

    def environment(self, settings: Mapping[str, object] | None = None) -> dict[str, str]:
        chosen = {**self.settings, **(settings or {})}
        own = {f"ERYAO_{name}": str(value) for name, value in chosen.items()}
        clean = {name: value for name, value in os.environ.items() if "ERYAO_" not in name}
        return {**clean, "ERYAO_DATA_DIR": str(self.data_dir), **own}

    def command(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Run `eryao …` on the same data folder."""
        return subprocess.run(
            [ERYAO, *args], env=self.environment(), capture_output=True, text=True, check=False
        )

    def json(self, *args: str) -> Any:
        done = self.command(*args, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def api(self, email: str = "ann@example.com") -> Api:
        """A client signed in as this user."""
        return Api(self.url, self.json("token", "--email", email)["accessToken"])

    def audit(self) -> Any:
        """The audit's report, whatever it found."""
        return json.loads(self.command("audit", "--json").stdout)
