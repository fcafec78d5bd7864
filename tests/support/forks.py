"""`eryao …` in processes of their own, forked from one that has imported it: a second saved each.

Whatever `ERYAO_COMMAND` names is started as it is, and so are the commands of `test_operations`.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib import reload
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import IO

# Born clean: a fork of a process with threads may hang.
clean = get_context("forkserver")
clean.set_forkserver_preload(["tests.support.preloaded"])


class Forked:
    """What tests ask of a `Popen`, for a command that says what it says on stderr."""

    def __init__(self, args: Sequence[str], env: Mapping[str, str]) -> None:
        hearing, speaking = os.pipe()
        self.stderr: IO[str] | None = os.fdopen(hearing)
        with Connection(speaking) as stderr:
            self._process = _start(args, env, {2: stderr})

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        self._process.join(timeout)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired("eryao", timeout)
        return code


def completed(
    args: Sequence[str],
    env: Mapping[str, str],
    *,
    typed: str = "",
    terminal: int | None = None,
    seconds: float,
) -> "subprocess.CompletedProcess[str]":
    """What came of a command that ends by itself; a terminal takes what it says on stderr."""
    with _file(typed) as stdin, _file() as stdout, _file() as stderr:
        said = stderr.fileno() if terminal is None else terminal
        files = (stdin.fileno(), stdout.fileno(), said)
        given = {number: Connection(os.dup(file)) for number, file in enumerate(files)}
        process = _start(args, env, given)
        for connection in given.values():
            connection.close()
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(list(args), seconds)
        return subprocess.CompletedProcess(
            list(args), process.exitcode, _read(stdout), _read(stderr)
        )


def _start(
    args: Sequence[str], env: Mapping[str, str], files: Mapping[int, Connection]
) -> BaseProcess:
    # A daemon: what a test has forgotten does not outlive it.
    process = clean.Process(target=_be_eryao, args=(args, dict(env), files), daemon=True)
    process.start()
    return process


def _be_eryao(args: Sequence[str], env: Mapping[str, str], files: Mapping[int, Connection]) -> None:
    """As the installed command does, once Python is up."""
    for number, file in files.items():
        os.dup2(file.fileno(), number)
        file.close()
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - as long as the process
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    # The one module that looks at the environment when it is imported.
    reload(sys.modules["storage.crashpoints"])
    sys.argv = ["eryao", *args]
    sys.modules["runtime.cli"].main()


def _file(text: str = "") -> IO[str]:
    file = tempfile.TemporaryFile("w+")  # noqa: SIM115 - for the caller's `with`
    file.write(text)
    file.seek(0)
    return file


def _read(file: IO[str]) -> str:
    file.seek(0)
    return file.read()
