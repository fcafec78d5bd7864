"""The two ways to run the same program: all in one folder, or on Postgres, Redis and a bucket."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest

from tests.support.postgres import PostgresServer
from tests.support.redis import RedisServer
from tests.support.s3 import S3Server

EMBEDDED, SCALED = "embedded", "scaled"
WORLDS = (EMBEDDED, SCALED)


@dataclass
class Worlds:
    """Settings for servers that have nothing in common with each other."""

    request: pytest.FixtureRequest
    _numbers: Iterator[int] = field(default_factory=count)

    def settings(self, world: str) -> dict[str, str]:
        if world == EMBEDDED:
            return {}
        number = next(self._numbers)
        postgres: PostgresServer = self.request.getfixturevalue("postgres")
        template: str = self.request.getfixturevalue("postgres_template")
        redis: RedisServer = self.request.getfixturevalue("own_redis")
        bucket: S3Server = self.request.getfixturevalue("s3_server")
        return {
            "DATABASE_URL": postgres.url(postgres.create(template)),
            "REDIS_URL": redis.url.removesuffix("0") + str(number),
            **bucket.settings(f"world-{number}"),
        }


@pytest.fixture(scope="package", params=WORLDS)
def shared(request: pytest.FixtureRequest) -> object:
    """For a module that imports it: each of its journeys, in both worlds."""
    return request.getfixturevalue(request.param)
