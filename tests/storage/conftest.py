"""One fixture for each protocol: the suites run once for every backend that it lists."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import anyio
import pytest
from sqlalchemy import Connection

from storage.sql.database import Database, database_from
from storage.sql.sqlite import SqliteLanes
from tests.storage import (
    blob_backends,
    event_log_backends,
    passing_backends,
    sql_backends,
    wake_backends,
)
from tests.storage.transactions import Gate
from tests.support.s3 import S3Server


@pytest.fixture(params=event_log_backends.BACKENDS, ids=lambda backend: backend.name)
async def stand(
    request: pytest.FixtureRequest, data_dir: Path
) -> AsyncIterator[event_log_backends.Stand]:
    """A fresh event log of each kind."""
    async with request.param.open(data_dir) as stand:
        yield stand


@pytest.fixture(
    params=[backend for backend in event_log_backends.BACKENDS if backend.stored],
    ids=lambda backend: backend.name,
)
async def stored(
    request: pytest.FixtureRequest, data_dir: Path
) -> AsyncIterator[event_log_backends.StoredStand]:
    """A fresh event log of each kind that outlives its process."""
    async with request.param.open(data_dir) as stand:
        yield stand


@pytest.fixture(
    params=[backend for backend in event_log_backends.BACKENDS if backend.between],
    ids=lambda backend: backend.name,
)
async def between(
    request: pytest.FixtureRequest, data_dir: Path
) -> AsyncIterator[event_log_backends.StoredStand]:
    """A fresh event log of each kind that processes share while they run."""
    async with request.param.open(data_dir) as stand:
        yield stand


@pytest.fixture(params=passing_backends.LEASES, ids=lambda backend: backend.name)
async def leased(request: pytest.FixtureRequest) -> AsyncIterator[passing_backends.LeaseStand]:
    """Fresh leases of each kind, and their time."""
    async with request.param.open() as stand:
        yield stand


@pytest.fixture(params=wake_backends.BACKENDS, ids=lambda backend: backend.name)
async def bells(request: pytest.FixtureRequest) -> AsyncIterator[wake_backends.Stand]:
    """Fresh wake-ups of each kind."""
    async with request.param.open() as stand:
        yield stand


@pytest.fixture(params=passing_backends.THROTTLES, ids=lambda backend: backend.name)
async def throttled(
    request: pytest.FixtureRequest,
) -> AsyncIterator[passing_backends.ThrottleStand]:
    """Fresh throttles of each kind, and their time."""
    async with request.param.open() as stand:
        yield stand


@pytest.fixture(params=blob_backends.BACKENDS, ids=lambda backend: backend.name)
async def shelf(
    request: pytest.FixtureRequest, tmp_path: Path, s3_server: S3Server
) -> AsyncIterator[blob_backends.Stand]:
    """A fresh store of files of each kind."""
    async with request.param.open(tmp_path, s3_server) as stand:
        yield stand


@pytest.fixture(params=sql_backends.BACKENDS, ids=lambda backend: backend.name)
def dialect(request: pytest.FixtureRequest) -> sql_backends.Backend:
    backend: sql_backends.Backend = request.param
    return backend


@pytest.fixture
def fresh(request: pytest.FixtureRequest, dialect: sql_backends.Backend) -> Iterator[Connection]:
    """A connection to an empty schema of each dialect; every statement stands by itself."""
    with dialect.connect(sql_backends.Makers(request)) as connection:
        yield connection


@pytest.fixture
def url(request: pytest.FixtureRequest, dialect: sql_backends.Backend) -> Iterator[str]:
    """A database of each dialect with a fresh schema."""
    with dialect.url(sql_backends.Makers(request), True) as url:  # noqa: FBT003
        yield url


@pytest.fixture
def bare_url(request: pytest.FixtureRequest, dialect: sql_backends.Backend) -> Iterator[str]:
    """A database of each dialect with nothing in it."""
    with dialect.url(sql_backends.Makers(request), False) as url:  # noqa: FBT003
        yield url


@pytest.fixture
async def each_database(url: str) -> AsyncIterator[Database]:
    """What the server opens, of each dialect."""
    opened = database_from(url, connections=4)
    yield opened
    opened.close()


@pytest.fixture
def path(data_dir: Path) -> Path:
    """A database file with a fresh schema."""
    return data_dir / "eryao.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    opened = Database(SqliteLanes(path))
    yield opened
    opened.close()


@pytest.fixture
async def gated(database: Database) -> AsyncIterator[tuple[Database, Gate]]:
    """What is sent to the database while the gate stands forms one group behind it."""
    gate = Gate()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(database.run, gate.stand)
        await gate.reached()
        yield database, gate
        gate.open()
