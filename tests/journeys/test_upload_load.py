"""Uploads and their pictures leave the loop to everybody else."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]
import pytest

from tests.support.server import Serve, ServerProcess
from tests.support.viewer import wait_until

ROOT = Path(__file__).parents[2]
SECONDS = 3.0
LAG_SECONDS = 0.05
MEMORY = 400 * 1024 * 1024
ASK = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@contextmanager
def script(name: str, *args: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", f"tests.support.{name}", *args]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def round_trip(sock: socket.socket) -> float:
    began = time.perf_counter()
    sock.sendall(ASK)
    assert sock.recv(65_536)
    return time.perf_counter() - began


def p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


def memory(server: ServerProcess) -> int:
    return int(psutil.Process(server.process.pid).memory_info().rss)


@pytest.mark.timeout(60)
def test_under_a_load_of_uploads_the_loop_answers_in_time(serve: Serve) -> None:
    """What the machine itself takes, two busy cores or twenty, a bare loop beside it tells."""
    server = serve(
        ATTACHMENTS_PER_USER=100_000, ATTACHMENTS_MB_PER_USER=100_000, MEDIA_PER_MINUTE=100_000
    )
    with ExitStack() as stack:
        ann = stack.enter_context(server.api())
        bare = stack.enter_context(script("echo"))
        assert bare.stdout is not None
        ports = urlsplit(server.url).port, int(bare.stdout.readline())
        ours, control = (
            stack.enter_context(socket.create_connection(("127.0.0.1", port), 10)) for port in ports
        )
        stack.enter_context(script("uploads", server.url, ann.token))
        wait_until(lambda: server.beside.count("attachments") >= 8, 30)

        lag, noise, held = [], [], 0
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            lag.append(round_trip(ours))
            noise.append(round_trip(control))
            held = max(held, memory(server))
            time.sleep(0.002)

    assert server.beside.count("attachments") > 12
    assert p99(lag) < LAG_SECONDS + p99(noise), (p99(lag), p99(noise), max(lag))
    assert held < MEMORY
