"""A real `eryao serve`, started, killed, restarted and asked by tests."""

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from runtime.settings import Settings
from tests.support.api import Api
from tests.support.beside import Beside, Resident
from tests.support.forks import Forked, completed

# A server that nobody waits for: its model, its batches of events, its looks for what is due.
QUICK = {"MODEL_URL": "scripted:", "PORT": 0, "FLUSH_MS": 1, "SWEEP_SECONDS": 0.2}
# One that stands there while others are asked: each look for what is due is work for nothing.
LEISURELY: dict[str, object] = {"SWEEP_SECONDS": 1}
START_SECONDS = 40
COMMAND_SECONDS = 40
# Where a built wheel is put to the test: its command, and a folder to start it from.
BUILT = os.environ.get("ERYAO_COMMAND")
ERYAO = BUILT or str(Path(sys.executable).parent / "eryao")
FOLDER = os.environ.get("ERYAO_FOLDER")

Process = subprocess.Popen[str] | Forked


def started(args: Sequence[str], env: Mapping[str, str], inside: Sequence[str] = ()) -> Process:
    if BUILT is None and not inside:
        return Forked(args, env)
    command = [*inside, ERYAO, *args]
    return subprocess.Popen(command, env=env, cwd=FOLDER, stderr=subprocess.PIPE, text=True)


def ended(
    args: Sequence[str],
    env: Mapping[str, str],
    *,
    typed: str = "",
    terminal: int | None = None,
    inside: Sequence[str] = (),
) -> "subprocess.CompletedProcess[str]":
    """What came of `eryao …`; see tests.support.forks."""
    if BUILT is None and not inside:
        return completed(args, env, typed=typed, terminal=terminal, seconds=COMMAND_SECONDS)
    return subprocess.run(
        [*inside, ERYAO, *args],
        env=env,
        cwd=FOLDER,
        input=typed,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if terminal is None else terminal,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )


class ServerProcess:
    """One data folder, and at most one server on it at a time."""

    ROLE: tuple[str, ...] = ("serve",)
    # What it says once it is there; where it is open, if anywhere.
    SAID = re.compile(r"is open at (http://[^/]+)/")
    # What its commands are run by, where that is not this machine as the tests see it.
    inside: Sequence[str] = ()

    def __init__(self, data_dir: Path, **settings: object) -> None:
        self.data_dir = data_dir
        self.settings = {**QUICK, **settings}
        self.url = ""
        self.lines: list[str] = []
        self._process: Process | None = None
        # Who stays beside it for as long as it stands.
        self.resident: Beside | None = None

    # --- the process ------------------------------------------------------------------------

    def start(self, *args: str, **settings: object) -> "ServerProcess":
        """Start it and wait until it says where it is open."""
        role = [*self.ROLE, *args]
        self._process = started(role, self.environment(settings), self.inside)
        # One queue for each start: the end of the process before must not be taken for this one's.
        addresses: queue.Queue[str] = queue.Queue()
        heard = threading.Thread(target=self._listen, args=(self._process, addresses), daemon=True)
        heard.start()
        try:
            self.url = addresses.get(timeout=START_SECONDS)
        except queue.Empty:
            raise AssertionError("the server did not start: " + "".join(self.lines)) from None
        if not self.url:
            raise AssertionError("the server ended: " + "".join(self.lines))
        return self

    @property
    def process(self) -> Process:
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

    def _listen(self, process: Process, addresses: "queue.Queue[str]") -> None:
        assert process.stderr is not None
        with process.stderr as stderr:
            for line in stderr:
                self.lines.append(line)
                if match := self.SAID.search(line):
                    addresses.put(match[1])
        addresses.put("")

    # --- beside it --------------------------------------------------------------------------

    def environment(self, settings: Mapping[str, object] | None = None) -> dict[str, str]:
        chosen = {**self.settings, **(settings or {})}
        own = {f"ERYAO_{name.upper()}": str(value) for name, value in chosen.items()}
        clean = {name: value for name, value in os.environ.items() if "ERYAO_" not in name}
        return {**clean, "ERYAO_DATA_DIR": str(self.data_dir), **own}

    def command(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Run `eryao …` on the same data folder."""
        return ended(args, self.environment(), inside=self.inside)

    def json(self, *args: str) -> Any:
        done = self.command(*args, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @property
    def beside(self) -> Beside:
        """What an operator can do while it runs, or after it died."""
        return self.resident or Beside(self.as_settings())

    def as_settings(self) -> Settings:
        chosen = {name.lower(): value for name, value in self.settings.items()}
        return Settings.model_validate({"data_dir": self.data_dir, **chosen})

    def api(self, email: str = "ann@example.com") -> Api:
        """A client signed in as this user."""
        return Api(self.url, self.beside.sign_in(email).token, email)

    def audit(self) -> Any:
        """The audit's report, whatever it found."""
        return self.beside.audit().to_json()


class HttpProcess(ServerProcess):
    """A server that leaves all runs to workers elsewhere."""

    ROLE = ("serve", "--no-worker")


class WorkerProcess(ServerProcess):
    """Hands without HTTP."""

    ROLE = ("worker",)
    SAID = re.compile(r"(takes runs)")


# Start a server with these settings on the test's own folder.
Serve = Callable[..., ServerProcess]
# Make a data folder with a fresh schema, for what lives longer than one test.
NewFolder = Callable[[], Path]


@contextmanager
def at_work(server: ServerProcess) -> Iterator[ServerProcess]:
    """Started, and proved at the end to have kept its books and told of no mistake."""
    try:
        server.start()
        with Resident(server.as_settings()) as server.resident:
            yield server
            assert not server.audit()["findings"]
        assert not [line for line in server.lines if "undeclared problem" in line]
        assert not [line for line in server.lines if "crashed" in line]
    finally:
        server.resident = None
        server.stop()
