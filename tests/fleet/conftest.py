"""One fleet for all its journeys: each finds every machine up, and leaves clean books behind."""

from collections.abc import Iterator

import pytest

from tests.support.machines import Machines
from tests.support.postgres import PostgresServer
from tests.support.redis import RedisServer, binaries


# Not for longer than this folder: four processes that look for work are work themselves.
@pytest.fixture(scope="package")
def standing(
    postgres: PostgresServer, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Machines]:
    redis = RedisServer(next(iter(binaries().values())), "--appendonly", "yes").start()
    database = postgres.create(postgres_template)
    fleet = Machines(tmp_path_factory.mktemp("fleet"), postgres, database, redis)
    try:
        yield fleet
    finally:
        fleet.stop()
        redis.stop()


@pytest.fixture
def fleet(standing: Machines) -> Iterator[Machines]:
    standing.mend()
    yield standing
    standing.mend()
    assert standing.findings() == []
    assert not [line for machine in standing.all for line in machine.lines if "crashed" in line]
