"""Servers and workers in processes of their own, on one real Postgres and one real Redis."""

import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

from tests.support import web
from tests.support.api import Api
from tests.support.beside import Beside
from tests.support.postgres import PostgresServer
from tests.support.redis import RedisServer, free_port
from tests.support.server import LEISURELY, HttpProcess, ServerProcess, WorkerProcess
from tests.support.viewer import wait_until

KEY = "a key that all machines of the fleet share"
LEASE_SECONDS = 3
SHARED: dict[str, object] = {
    "SECRET_KEY": KEY,
    "LEASE_SECONDS": LEASE_SECONDS,
    "HEARTBEAT_SECONDS": 1,
    "DATABASE_CONNECTIONS": 4,
    **LEISURELY,
}


class Machines:
    """Two that answer HTTP and two that drive runs; each can be stopped, killed and frozen."""

    def __init__(
        self, folder: Path, postgres: PostgresServer, database: str, redis: RedisServer
    ) -> None:
        self.redis = redis
        self._postgres, self._database = postgres, database
        self._folder = folder
        url = postgres.url(database)
        self._shared = {**SHARED, "DATABASE_URL": url, "REDIS_URL": redis.url}
        self.servers = [self.another(at_http=True) for _ in range(2)]
        self.workers = [self.another(at_http=False) for _ in range(2)]
        # Those that are not as they were when all began.
        self.dirty: set[ServerProcess] = set()
        self.frozen: set[ServerProcess] = set()
        self._clients: list[Api] = []

    @property
    def all(self) -> Sequence[ServerProcess]:
        return [*self.servers, *self.workers]

    @property
    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{server.settings['PORT']}" for server in self.servers]

    @property
    def beside(self) -> Beside:
        return self.servers[0].beside

    def user(self, points: int = 1_000) -> list[Api]:
        """Someone new, as a client of each server."""
        email = f"user-{uuid4()}@example.com"
        self.beside.set_balance(email, points)
        token = self.beside.sign_in(email).token
        clients = [Api(url, token, email) for url in self.urls]
        self._clients += clients
        return clients

    def another(self, *, at_http: bool) -> ServerProcess:
        """One more of a kind, with a disk of its own: nothing on it is shared."""
        own = Path(mkdtemp(dir=self._folder))
        if at_http:
            return HttpProcess(own, **self._shared, PORT=free_port())
        return WorkerProcess(own, **self._shared)

    def let_leases_run_out(self) -> None:
        """Time passes for the leases of the dead, as the database's clock cannot be moved."""
        self._postgres.ask("UPDATE runs SET lease_until = 0", self._database)

    def mend(self) -> None:
        """Every machine runs, as it was when all began."""
        for machine in self.dirty | self.frozen:
            machine.stop()
        started = [machine for machine in self.all if not is_up(machine)]
        with ThreadPoolExecutor(len(self.all)) as pool:
            list(pool.map(ServerProcess.start, started))
        self.dirty, self.frozen = set(), set()
        while self._clients:
            self._clients.pop().http.close()

    def stop(self) -> None:
        for machine in self.all:
            machine.stop()

    # --- what befalls one -------------------------------------------------------------------

    def kill(self, *machines: ServerProcess) -> None:
        for machine in machines:
            self.dirty.add(machine)
            machine.kill()

    def restart(self, machine: ServerProcess, **settings: object) -> None:
        """As a deploy does: told to stop, waited for, started again."""
        if settings:
            self.dirty.add(machine)
        machine.terminate()
        assert machine.wait() == 0, "".join(machine.lines[-5:])
        machine.start(**settings)

    def freeze(self, *machines: ServerProcess) -> None:
        for machine in machines:
            self.frozen.add(machine)
            machine.signal(signal.SIGSTOP)
            until_frozen(machine)

    def go_on(self, *machines: ServerProcess) -> None:
        for machine in machines:
            machine.signal(signal.SIGCONT)
            self.frozen.discard(machine)

    @contextmanager
    def without_runs(self) -> Iterator[None]:
        """The table of runs is away, as a careless hand at the schema may have it."""
        self._postgres.ask("ALTER TABLE runs RENAME TO runs_away", self._database)
        try:
            yield
        finally:
            self._postgres.ask("ALTER TABLE runs_away RENAME TO runs", self._database)

    # --- asking -----------------------------------------------------------------------------

    def checks(self, server: int = 0) -> dict[str, bool]:
        """What /readyz says."""
        checks: dict[str, bool] = web.get(f"{self.urls[server]}/readyz").json()["checks"]
        return checks

    def until_ready(self) -> None:
        wait_until(lambda: all(all(self.checks(n).values()) for n in range(len(self.servers))))

    def findings(self) -> Any:
        return self.servers[0].audit()["findings"]

    def said(self, about: str) -> list[str]:
        """The lines of all machines that name this."""
        return [line for machine in self.all for line in machine.lines if about in line]


def until_frozen(machine: ServerProcess) -> None:
    """Until the kernel has stopped every thread of it, by us or by itself."""
    tasks = Path(f"/proc/{machine.process.pid}/task")
    wait_until(lambda: all(_state(task) == "T" for task in tasks.iterdir()))


def is_up(machine: ServerProcess) -> bool:
    return machine._process is not None and machine.process.poll() is None


def _state(task: Path) -> str:
    return (task / "stat").read_text().rpartition(")")[2].split()[0]
