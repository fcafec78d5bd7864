"""One fleet for all its journeys: each finds every machine up, and leaves clean books behind."""

from collections.abc import Iterator

import pytest

from tests.support.machines import Machines
from tests.support.postgres import PostgresServer
from tests.support.redis import RedisServer, binaries


@pytest.fixture(scope="session")
def standing(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Machines]:
    redis = RedisServer(next(iter(binaries().values())), "--appendonly", "yes").start()
    fleet = Machines(tmp_path_factory.mktemp("fleet"), postgres, postgres.migrated(), redis)
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
