"""The address and the signals."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from starlette.applications import Starlette

from runtime.settings import Settings
from runtime.web.listening import CannotListen, _sentence, bound
from runtime.web.server import Server, serve

PROGRAM = """
import anyio, sys
import sse_starlette
from sse_starlette.sse import AppStatus
from starlette.applications import Starlette
from runtime.settings import Settings
from runtime.web.server import Server, serve

def asked(server: Server) -> None:
    print("asked", AppStatus.should_exit, server.should_exit, flush=True)
    if sys.argv[1] == "stop":
        server.stop()

async def main() -> None:
    import contextlib
    @contextlib.asynccontextmanager
    async def started(app):
        print("started", flush=True)
        yield
        print("ended", flush=True)
    await serve(Starlette(lifespan=started), Settings(port=0), asked)
    print("returned", flush=True)

anyio.run(main, backend_options={"use_uvloop": True})
"""


@pytest.fixture
def program(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", PROGRAM, request.param]
    here = Path(__file__).parents[3]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=here) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        try:
            yield process
        finally:
            process.kill()


def _said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize("program", ["stop"], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_only_calls_back_and_stop_ends_it_well(
    program: subprocess.Popen[str], number: signal.Signals
) -> None:
    """Neither uvicorn's exit nor what sse-starlette puts in its place may come first."""
    program.send_signal(number)

    assert [_said(program) for _ in range(3)] == ["asked False False", "ended", "returned"]
    assert program.wait(10) == 0


@pytest.mark.parametrize("program", ["wait"], indirect=True)
def test_a_second_signal_ends_it_at_once(program: subprocess.Popen[str]) -> None:
    program.send_signal(signal.SIGTERM)
    assert _said(program) == "asked False False"

    program.send_signal(signal.SIGTERM)

    assert _said(program) == "returned"
    assert program.wait(10) == 0


def test_an_address_in_use_is_told_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(CannotListen, match=f"127.0.0.1:{port}: it is in use") as refused:
            bound("127.0.0.1", port)

    assert refused.value.exit_code == 3


def test_an_address_that_is_not_ours_is_told_in_one_sentence() -> None:
    with pytest.raises(CannotListen, match="check ERYAO_HOST"):
        bound("192.0.2.1", 0)
    with pytest.raises(CannotListen, match="no such address"):
        bound("no such host", 0)


async def test_a_second_listen_keeps_the_port() -> None:
    server = Server(Starlette(), Settings(port=0), lambda: None)

    assert server.listen() == server.listen()

    server.stop()
    with anyio.fail_after(10):
        await server.run_until_stopped()


async def test_serving_needs_an_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(CannotListen):
        await serve(Starlette(), Settings(port=other.getsockname()[1]))


async def test_in_the_main_thread_it_takes_the_signals_and_gives_them_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    told = anyio.Event()
    server = Server(Starlette(), Settings(port=0), told.set)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.run_until_stopped)
        await anyio.wait_all_tasks_blocked()
        with anyio.fail_after(10):
            signal.raise_signal(signal.SIGTERM)
            await told.wait()
            assert not server.should_exit
            signal.raise_signal(signal.SIGINT)

    assert server.force_exit
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_port_for_the_privileged_is_told_in_one_sentence() -> None:
    """Not provoked for real, as tests may well run as root."""
    sentence = _sentence("127.0.0.1", 80, PermissionError(13, "denied"), "ERYAO_PORT")

    assert sentence == "Cannot listen on port 80: not permitted; set ERYAO_PORT above 1023."
