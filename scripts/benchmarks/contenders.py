"""Who is measured: the product, the bare application, another tree; each started when needed."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Protocol

from scripts.benchmarks.fleet import Fleet
from scripts.benchmarks.load import Run, Stream, events_path, get, opened, post
from scripts.benchmarks.processes import BareServer, Eryao, Process

RUNS = "/api/v1/agent/runs"
# Several processes on Redis and Postgres in place of one.
FLEET = "fleet"


class Contender(Protocol):
    """What a scenario asks of each of them."""

    name: str

    @property
    def process(self) -> Process: ...

    def start(self, run: Run, pace: int) -> bytes:
        """The request for a run whose answer is its stream."""

    def follow(self, run: Run, how: str) -> bytes:
        """The request for a run's events, from the first."""

    def admit(self, run: Run) -> bytes:
        """The request for a run that is only taken."""

    def begin(self, run: Run) -> bytes:
        """The request that sets a run going which `follow` may have been waiting for."""


class Product:
    """eryao."""

    def __init__(self, name: str, process: Eryao) -> None:
        self.name = name
        self._server = process

    @property
    def process(self) -> Process:
        return self._server

    def start(self, run: Run, pace: int) -> bytes:
        return post(RUNS, self._token(run), run.body(), stream=True)

    def follow(self, run: Run, how: str) -> bytes:
        return get(events_path(run), self._token(run))

    def admit(self, run: Run) -> bytes:
        return post(RUNS, self._token(run), run.body(), stream=False, close=False)

    def begin(self, run: Run) -> bytes:
        return self.admit(run)

    def _token(self, run: Run) -> str:
        """A run's user, always the same one."""
        tokens = self._server.tokens
        return tokens[int(run.run_id[0], 16) % len(tokens)]


class Bare:
    """The bare application; it looks at the path and nothing else."""

    name = "bare"

    def __init__(self, process: BareServer) -> None:
        self._server = process

    @property
    def process(self) -> Process:
        return self._server

    def start(self, run: Run, pace: int) -> bytes:
        return post(f"/run/{pace}", "none", run.body(), stream=True)

    def follow(self, run: Run, how: str) -> bytes:
        return get(f"/{how}", "none")

    def admit(self, run: Run) -> bytes:
        return post("/admit", "none", run.body(), stream=False, close=False)

    def begin(self, run: Run) -> bytes:
        return post("/begin", "none", b"{}", stream=False, close=False)


@dataclass
class Stable:
    """All servers of one benchmark, by what they are and how they are set."""

    trees: dict[str, Path]
    place: Path
    frames: bytes = b""
    _running: dict[tuple[str, str], Contender] = field(default_factory=dict)
    _folders: Iterator[int] = field(default_factory=count)

    @property
    def names(self) -> list[str]:
        return [*self.trees, Bare.name]

    def get(self, name: str, setting: str) -> Contender:
        """A server that stays up for all rounds."""
        key = name, "" if name == Bare.name else setting
        if key not in self._running:
            self._running[key] = self.fresh(name, setting)
        return self._running[key]

    def fresh(self, name: str, setting: str = "") -> Contender:
        folder = self.place / f"{next(self._folders)}"
        if name == Bare.name:
            return Bare(BareServer(folder, self.frames))
        if setting == FLEET:
            return Product(name, Fleet(self.trees[name], folder))
        arguments = ["--no-worker"] if setting == "no-worker" else []
        prices = {"PRICE_DIVINATION": 0, "PRICE_FOLLOW_UP": 0} if setting == "free" else {}
        return Product(name, Eryao(self.trees[name], folder, *arguments, **prices))

    async def record(self, script: str) -> None:
        """Keep the bytes of a real run, so that the bare application sends the same."""
        first = next(iter(self.trees))
        product = self.get(first, "")
        stream: Stream = await opened(
            product.process.port, product.start(Run(script), 0), keep=True
        )
        await stream.over()
        self.frames = stream.body

    def stop(self) -> None:
        for contender in self._running.values():
            contender.process.stop()


@contextmanager
def stable(trees: dict[str, Path]) -> Iterator[Stable]:
    with tempfile.TemporaryDirectory(prefix="eryao-bench-") as place:
        servers = Stable(trees, Path(place))
        try:
            yield servers
        finally:
            servers.stop()
