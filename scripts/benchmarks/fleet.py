"""The server as several processes: two answer HTTP, two drive runs, on Redis and Postgres."""

import os
from collections.abc import Mapping
from itertools import cycle
from pathlib import Path
from typing import Protocol

from scripts.benchmarks.processes import Eryao, Process, cpu_of, resident_of
from tests.support.postgres import PostgresServer
from tests.support.redis import RedisServer, binaries

EACH = 2
WORKS = "takes runs"
POSTGRES = {"autovacuum": "off", "max_connections": "150", "shared_buffers": "64MB"}


class Store(Protocol):
    """A server behind ours."""

    @property
    def pid(self) -> int: ...
    def stop(self) -> None: ...


class Fleet(Eryao):
    """Looks like one server; each request goes to the next of those that answer HTTP."""

    def __init__(self, tree: Path, folder: Path, **settings: object) -> None:
        self._stores: dict[str, Store] = {}
        urls = {"DATABASE_URL": self._postgres(), "REDIS_URL": self._redis()}
        urls |= {"SECRET_KEY": os.urandom(32).hex()}
        super().__init__(tree, folder, "--no-worker", **urls, **settings)
        log = folder / "{}.log"
        second = Process(
            self._command("serve", "--no-worker"),
            Path(str(log).format("second")),
            self._environment,
        )
        workers = [
            Process(self._command("worker"), Path(str(log).format(n)), self._environment, WORKS)
            for n in range(EACH)
        ]
        self._others = [second, *workers]
        self._ports = cycle([self.own_port, second.own_port])
        self._pids = {
            "http": [self.pid, second.pid],
            "worker": [worker.pid for worker in workers],
            **{kind: [store.pid] for kind, store in self._stores.items()},
        }

    @property
    def port(self) -> int:
        return next(self._ports)

    def cpu(self) -> float:
        """Of our own processes."""
        kinds = self.cpu_by_kind()
        return kinds["http"] + kinds["worker"]

    def cpu_by_kind(self) -> Mapping[str, float]:
        return {kind: sum(map(cpu_of, pids)) for kind, pids in self._pids.items()}

    def resident_kib(self) -> float:
        return sum(resident_of(pid) for kind in ("http", "worker") for pid in self._pids[kind])

    def stop(self) -> None:
        for process in self._others:
            process.stop()
        super().stop()
        for store in self._stores.values():
            store.stop()

    def _postgres(self) -> str:
        if url := os.environ.get("BENCH_DATABASE_URL"):
            return url
        server = PostgresServer(POSTGRES)
        server.start()
        self._stores["postgres"] = server
        return server.url(server.create())

    def _redis(self) -> str:
        if url := os.environ.get("BENCH_REDIS_URL"):
            return url
        # As operators are told to run it: what it says it has, a crash of it does not take.
        server = RedisServer(next(iter(binaries().values())), "--appendonly", "yes").start()
        self._stores["redis"] = server
        return server.url
