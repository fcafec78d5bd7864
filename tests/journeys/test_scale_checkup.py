"""What the doctor and the worker say where several machines are meant."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.redis import RedisServer, binaries, free_port
from tests.support.server import ServerProcess


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    own = RedisServer(next(iter(binaries().values())), "--maxmemory", "64mb").start()
    try:
        yield own
    finally:
        own.stop()


def found(server: ServerProcess, url: str) -> dict[str, object]:
    server.settings["REDIS_URL"] = url
    checks = json.loads(server.command("doctor", "--json").stdout)
    (redis,) = (check for check in checks if check["name"] == "redis")
    return dict(redis)


def test_the_doctor_asks_redis_who_it_is_and_whether_it_forgets(
    unstarted: ServerProcess, redis: RedisServer
) -> None:
    well = found(unstarted, redis.url)
    with redis.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
    forgetful = found(unstarted, redis.url)

    assert well["ok"] is True
    assert "answers in" in str(well["finding"])
    assert forgetful["ok"] is False
    assert "allkeys-lru" in str(forgetful["finding"])
    assert "noeviction" in str(forgetful["advice"])


def test_the_doctor_says_that_redis_does_not_answer(unstarted: ServerProcess) -> None:
    gone = found(unstarted, f"redis://127.0.0.1:{free_port()}/0")

    assert gone["ok"] is False
    assert "ERYAO_REDIS_URL" in str(gone["advice"])


def test_a_worker_beside_a_server_on_a_file_is_refused_with_the_reason(
    unstarted: ServerProcess,
) -> None:
    done = unstarted.command("worker")

    assert done.returncode == 1
    assert "`eryao serve` drives its runs itself" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_redis_without_its_client_installed_is_a_sentence() -> None:
    """As where the extra `scale` was not installed: the import finds nothing."""
    script = (
        "import sys; sys.modules['redis'] = None; sys.argv = ['eryao', 'doctor']; "
        "from runtime.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"ERYAO_REDIS_URL": "redis://127.0.0.1:1/0", "ERYAO_DATA_DIR": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "pip install 'eryao[scale]'" in done.stdout, done.stderr
    assert "Traceback" not in done.stderr
