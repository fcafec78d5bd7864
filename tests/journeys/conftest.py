"""One server for all journeys that need no settings of their own, and two users new to it."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.api import Api, Body
from tests.support.s3 import S3Server
from tests.support.server import Serve, ServerProcess
from tests.support.viewer import Viewer


@pytest.fixture(scope="session")
def shared(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Every journey leaves its books behind, so they are proved once, at the end of all."""
    folder = tmp_path_factory.mktemp("shared") / "data"
    shutil.copytree(migrated, folder)
    server = ServerProcess(folder).start()
    try:
        yield server
        assert not server.audit()["findings"]
        assert not [line for line in server.lines if "undeclared problem" in line]
        assert not [line for line in server.lines if "crashed" in line]
    finally:
        server.stop()


@pytest.fixture(scope="session", params=["folder", "bucket"])
def filing(
    request: pytest.FixtureRequest,
    migrated: Path,
    tmp_path_factory: pytest.TempPathFactory,
    s3_server: S3Server,
) -> Iterator[ServerProcess]:
    """A server for all journeys with files that need no settings of their own: on each store."""
    folder = tmp_path_factory.mktemp("filing") / "data"
    shutil.copytree(migrated, folder)
    store = s3_server.settings("filing") if request.param == "bucket" else {}
    server = ServerProcess(folder, **store).start()
    try:
        yield server
        assert not server.audit()["findings"]
        assert not [line for line in server.lines if "undeclared problem" in line]
        assert not [line for line in server.lines if "crashed" in line]
    finally:
        server.stop()


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
def serve(data_dir: Path) -> Iterator[Serve]:
    """Start a server with settings of its own on this test's folder."""
    with ExitStack() as stack:

        def start(**settings: object) -> ServerProcess:
            process = ServerProcess(data_dir, **settings)
            stack.callback(process.stop)
            return process.start()

        yield start


@pytest.fixture
def unstarted(data_dir: Path) -> Iterator[ServerProcess]:
    """A server that is not started yet, for tests that kill it and start it again."""
    process = ServerProcess(data_dir)
    try:
        yield process
    finally:
        process.stop()
