"""A server for one question: the one that runs on the data folder, or one of our own."""

import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import Thread

from runtime.cli.endings import Cause, Trouble
from runtime.home import is_served
from runtime.settings import Settings, variable

OPENING = " is open at "
STOP_SECONDS = 40
LOCAL = "127.0.0.1"


@contextmanager
def server_of(settings: Settings) -> Iterator[str]:
    """The address of a server on this installation's data."""
    if is_served(settings):
        yield f"http://{settings.host}:{settings.port}"
    else:
        with _own_server() as address:
            yield address


@contextmanager
def _own_server() -> Iterator[str]:
    environment = os.environ | {variable("host"): LOCAL, variable("port"): "0"}
    process = subprocess.Popen(
        [sys.executable, "-m", "runtime", "serve"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is ours to take: it must still finish what it shows
    )
    try:
        # Meanwhile what its token takes: the same imports, which take as long.
        import_module("runtime.cli.asking.minting")
        yield _address(process)
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _address(process: "subprocess.Popen[str]") -> str:
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if OPENING in line:
            # Read on, or the server would stand still once the pipe is full.
            Thread(target=deque, args=(process.stderr, 0), daemon=True).start()
            return line.partition(OPENING)[2].strip().removesuffix("/")
    raise Trouble("The server did not start:\n" + "".join(said), Cause.SERVER_BROKEN)
