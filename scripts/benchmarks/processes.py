"""The servers under measurement: started on a core of their own, and read in /proc."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

START_SECONDS = 30.0
STOP_SECONDS = 10.0
USERS = 2
ROOT = Path(__file__).resolve().parents[2]
# One core for the server, another for the load; the same where there is only one.
_ALLOWED = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = _ALLOWED[0], _ALLOWED[-1]
_OPEN = re.compile(r"is open at http://127\.0\.0\.1:([0-9]+)/")
_TICK = 1 / os.sysconf("SC_CLK_TCK")
_PAGE_KIB = os.sysconf("SC_PAGE_SIZE") / 1024
# A run that waits must wait for as long as the measurement takes.
_PATIENT = {"RUN_SECONDS": 3_600, "SILENCE_SECONDS": 3_600, "FIRST_TOKEN_SECONDS": 3_600}
PLENTY = 1_000_000_000


class Process:
    """One server."""

    def __init__(
        self, command: list[str], log: Path, environment: Mapping[str, str], says: str = ""
    ) -> None:
        """It is up when it says so: at which port it is open, or these words."""
        pinned = partial(os.sched_setaffinity, 0, {SERVER_CORE})
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(
                command,
                env=dict(environment),
                cwd=environment["PYTHONPATH"],
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                preexec_fn=pinned,  # noqa: PLW1509 - this process has no threads
            )
        self._log = log
        self.pid = self._process.pid
        told = self._awaited(re.compile(says) if says else _OPEN)
        self.own_port = 0 if says else int(told[1])

    @property
    def port(self) -> int:
        return self.own_port

    def _awaited(self, said: re.Pattern[str]) -> re.Match[str]:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if found := said.search(self._log.read_text()):
                return found
            time.sleep(0.05)
        Process.stop(self)
        raise RuntimeError(f"the server did not start: {self._log.read_text()}")

    def cpu(self) -> float:
        """Seconds of user and system time of all its threads so far."""
        return cpu_of(self.pid)

    def cpu_by_kind(self) -> Mapping[str, float]:
        """The same by what a process is for, where there are several."""
        return {}

    def resident_kib(self) -> float:
        return resident_of(self.pid)

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait(STOP_SECONDS)


def cpu_of(pid: int) -> float:
    """Seconds of user and system time of a process and of the children it has or had."""
    stat = _stat(pid)
    ended = int(stat[13]) + int(stat[14])
    return (int(stat[11]) + int(stat[12]) + ended) * _TICK + sum(map(cpu_of, _children(pid)))


def resident_of(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_KIB


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # a child may end while it is looked at
        return ["0"] * 15


def _children(pid: int) -> list[int]:
    try:
        tasks = Path(f"/proc/{pid}/task").glob("*/children")
        return [int(child) for task in tasks for child in task.read_text().split()]
    except OSError:
        return []


class Eryao(Process):
    """`eryao serve` of one source tree on a data folder of its own, and a user who can pay."""

    def __init__(self, tree: Path, folder: Path, *arguments: str, **settings: object) -> None:
        folder.mkdir()
        chosen = {"MODEL_URL": "scripted:", "PORT": 0, "STREAMS_PER_USER": 100_000}
        chosen |= _PATIENT | {"SIGNUP_POINTS": PLENTY} | settings
        clean = {name: value for name, value in os.environ.items() if "ERYAO_" not in name}
        own = {f"ERYAO_{name}": str(value) for name, value in chosen.items()}
        place = {"ERYAO_DATA_DIR": str(folder), "PYTHONPATH": str(tree)}
        self._environment = clean | own | place
        self.tokens = [self._user(f"bench{number}@example.com") for number in range(USERS)]
        super().__init__(
            self._command("serve", *arguments), folder / "server.log", self._environment
        )

    def _user(self, email: str) -> str:
        return str(json.loads(self._run("token", "--email", email, "--json"))["accessToken"])

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            self._command(*arguments),
            env=self._environment,
            cwd=self._environment["PYTHONPATH"],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    @staticmethod
    def _command(*arguments: str) -> list[str]:
        return [sys.executable, "-c", "from runtime.cli import main; main()", *arguments]


class BareServer(Process):
    """The bare application, with the frames of a run."""

    def __init__(self, folder: Path, frames: bytes) -> None:
        folder.mkdir()
        recorded = folder / "frames"
        recorded.write_bytes(frames)
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "scripts.benchmarks.bare", str(recorded)]
        super().__init__(command, folder / "server.log", environment)
