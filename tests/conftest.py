"""Fixtures that every test may ask for: an Eryao on a fresh database, and a real server process."""

import gc
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest

from runtime.app import running
from runtime.cli.migrating import migrate_database
from runtime.parts import Eryao, build
from runtime.settings import Settings
from tests.support.clock import StillClock
from tests.support.node import installed_node
from tests.support.postgres import PostgresServer
from tests.support.s3 import S3Server
from tests.support.server import NewFolder, Serve, ServerProcess

TESTS = Path(__file__).parent

# No deadline: a busy machine is no finding. No database: what failed once becomes an example.
hypothesis.settings.register_profile("eryao", deadline=None, database=None)
hypothesis.settings.load_profile("eryao")

# Folders whose tests start servers and browsers: begun first, none of them is the last of all.
LONGEST_FIRST = ("docs", "console", "fleet", "contract", "clients", "journeys", "agui")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole folders change places; within them all stays as it was."""
    items.sort(key=_turn)


def pytest_collection_finish() -> None:
    """What was imported by now stays to the end. The collector need not look at it again and
    again: a tenth of the time of tests that work in this process."""
    gc.collect()
    gc.freeze()


def _turn(item: pytest.Item) -> int:
    folder, *_ = item.path.relative_to(TESTS).parts
    return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a fresh schema, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("migrated")
    migrate_database(Settings(data_dir=folder))
    return folder


@pytest.fixture(scope="session")
def new_folder(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> NewFolder:
    def make() -> Path:
        return Path(shutil.copytree(migrated, tmp_path_factory.mktemp("home") / "data"))

    return make


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real Postgres, started for the first test that asks for it."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """The name of one with a schema, which nobody opens: others are copies of it."""
    return postgres.migrated()


@pytest.fixture(scope="session")
def postgres_database(postgres: PostgresServer, postgres_template: str) -> str:
    """The name of one that the tests use one after the other."""
    return postgres.create(postgres_template)


@pytest.fixture
def postgres_url(postgres: PostgresServer, postgres_database: str) -> Iterator[str]:
    """A Postgres database with nothing in its tables."""
    yield postgres.url(postgres_database)
    postgres.empty(postgres_database)


@pytest.fixture
def data_dir(migrated: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    shutil.copytree(migrated, folder)
    return folder


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return Settings(
        data_dir=data_dir,
        model_url="scripted:",
        secret_key="a key for tests, of more than 32 bytes",  # type: ignore[arg-type]
        flush_ms=1,
        signup_points=100,
        price_divination=10,
        price_follow_up=5,
    )


@pytest.fixture
def clock() -> StillClock:
    """Time stands still until a test moves it."""
    return StillClock()


@pytest.fixture
async def eryao(settings: Settings, clock: StillClock) -> AsyncIterator[Eryao]:
    """All parts on a fresh database, nothing at work behind the test's back."""
    parts = build(settings, clock=clock)
    yield parts
    parts.database.close()


@pytest.fixture
async def at_work(settings: Settings) -> AsyncIterator[Eryao]:
    """All parts, at work, on the machine's own clock."""
    parts = build(settings)
    async with running(parts):
        yield parts


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """One for all tests, each in a bucket of its own; it starts when the first asks for one."""
    server = S3Server(tmp_path_factory.mktemp("s3"))
    yield server
    server.stop()


@pytest.fixture
def server(data_dir: Path) -> Iterator[ServerProcess]:
    """A real server in a process of its own, on a free port of the loopback."""
    process = ServerProcess(data_dir)
    try:
        yield process.start()
    finally:
        process.stop()


@pytest.fixture
def serve(data_dir: Path) -> Iterator[Serve]:
    """Start a server with settings of its own on this test's folder."""
    with ExitStack() as stack:

        def start(**settings: object) -> ServerProcess:
            process = ServerProcess(data_dir, **settings)
            stack.callback(process.stop)
            return process.start()

        yield start


@pytest.fixture(scope="session")
def node() -> str:
    return installed_node()
