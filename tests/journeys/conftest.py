"""One server for all journeys that need no settings of their own, and two users new to it."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.api import Api, Body
from tests.support.redis import RedisServer, binaries
from tests.support.server import LEISURELY, NewFolder, ServerProcess, at_work
from tests.support.viewer import Viewer
from tests.support.worlds import SCALED, WORLDS, Worlds


@pytest.fixture(scope="package")
def own_redis() -> Iterator[RedisServer]:
    """One that no other test empties."""
    server = RedisServer(next(iter(binaries().values()))).start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="package")
def worlds(request: pytest.FixtureRequest) -> Worlds:
    return Worlds(request)


@pytest.fixture(scope="package")
def embedded(new_folder: NewFolder) -> Iterator[ServerProcess]:
    """Every journey leaves its books behind, so they are proved once, at the end of all."""
    with at_work(ServerProcess(new_folder(), **LEISURELY)) as server:
        yield server


@pytest.fixture(scope="package")
def scaled(worlds: Worlds, new_folder: NewFolder) -> Iterator[ServerProcess]:
    """The same on Postgres, Redis and a bucket."""
    with at_work(ServerProcess(new_folder(), **LEISURELY, **worlds.settings(SCALED))) as server:
        yield server


@pytest.fixture(scope="package")
def shared(embedded: ServerProcess) -> ServerProcess:
    """See tests.support.worlds.shared for journeys that are made in both worlds."""
    return embedded


@pytest.fixture(scope="package", params=WORLDS)
def filing(
    request: pytest.FixtureRequest, worlds: Worlds, new_folder: NewFolder
) -> Iterator[ServerProcess]:
    """A server for all journeys with files that need no settings of their own: in both worlds."""
    settings = LEISURELY | worlds.settings(request.param)
    with at_work(ServerProcess(new_folder(), **settings)) as server:
        yield server


@pytest.fixture
def cat(filing: ServerProcess) -> Iterator[Api]:
    with filing.api(f"cat-{uuid4()}@example.com") as api:
        yield api


@pytest.fixture
def dan(filing: ServerProcess) -> Iterator[Api]:
    with filing.api(f"dan-{uuid4()}@example.com") as api:
        yield api


@pytest.fixture
def ann(shared: ServerProcess) -> Iterator[Api]:
    with shared.api(f"ann-{uuid4()}@example.com") as api:
        yield api


@pytest.fixture
def bob(shared: ServerProcess) -> Iterator[Api]:
    with shared.api(f"bob-{uuid4()}@example.com") as api:
        yield api


@pytest.fixture
def live(ann: Api) -> Iterator[Body]:
    """A run that goes on for longer than any test here, some of it shown; one viewer stays."""
    body = Body("think 2; say 5; say 900 pace 20")
    ann.start(body)
    with Viewer.of(ann, body).seen("TEXT_MESSAGE_CONTENT", 6):
        yield body
    ann.cancel(body.run)
    ann.ended(body.run)


@pytest.fixture
def unstarted(data_dir: Path) -> Iterator[ServerProcess]:
    """A server that is not started yet, for tests that kill it and start it again."""
    process = ServerProcess(data_dir)
    try:
        yield process
    finally:
        process.stop()
