"""A server whose logs, wake-ups and stream places are in Redis; and one that loses it."""

from collections.abc import Iterator

import pytest

from tests.support import web
from tests.support.api import RICH, Api, Body, events_in, frames_in
from tests.support.problems import assert_problem
from tests.support.redis import RedisServer, binaries
from tests.support.server import Serve, ServerProcess
from tests.support.viewer import Viewer, wait_until


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    own = RedisServer(next(iter(binaries().values())), "--appendonly", "yes").start()
    try:
        yield own
    finally:
        own.stop()


@pytest.fixture
def server(serve: Serve, redis: RedisServer) -> ServerProcess:
    return serve(REDIS_URL=redis.url)


@pytest.fixture
def ann(server: ServerProcess) -> Iterator[Api]:
    with server.api() as api:
        yield api


def test_a_reading_is_shown_replayed_and_resumed(ann: Api) -> None:
    body = Body(RICH)
    with Viewer.starting(ann, body) as viewer:
        viewer.ended()

    log = ann.log(body)
    frames = frames_in(log)
    assert b"".join(viewer.frames) == log
    assert ann.log(body, events_in(frames[3])[0].id) == b"".join(frames[4:])


def test_a_run_whose_log_redis_lost_ends_with_an_error_and_the_points_back(
    server: ServerProcess, ann: Api, redis: RedisServer
) -> None:
    """Nobody who watches hangs: what they saw is the beginning of what is kept."""
    body = Body("say 200 pace 20")
    poster = Viewer.starting(ann, body).seen("TEXT_MESSAGE_CONTENT", 3)
    watcher = Viewer.of(ann, body).seen("TEXT_MESSAGE_CONTENT", 3)
    assert ann.balance() == 90

    redis.flush()

    run = ann.ended(body.run)
    assert (run["status"], run["refunded"]) == ("failed", True)
    assert run["error"]["code"] == "AGENT_WORKER_LOST"
    assert ann.balance() == 100
    for viewer in (poster.ended(), watcher.ended()):
        assert viewer.kinds[-1] == "RUN_ERROR"
        assert b"".join(viewer.frames) == ann.log(body)
    assert not server.audit()["findings"]


def test_a_log_begun_anew_refuses_the_cursors_of_the_lost_one(
    server: ServerProcess, ann: Api, redis: RedisServer
) -> None:
    """The server died, and what Redis had of its run is lost as well."""
    body = Body("say 20 pace 30")
    viewer = Viewer.starting(ann, body).seen("TEXT_MESSAGE_CONTENT", 3)
    server.kill()
    cursor = events_in(viewer.ended().frames[-1])[0].id
    redis.flush()

    with server.start().api() as again:
        assert again.ended(body.run)["status"] == "succeeded"
        with again.following(body, cursor) as resumed:
            resumed.read()
            assert_problem(resumed, "AGENT_INVALID_LAST_EVENT_ID", 422)
        assert not events_in(again.log(body))[0].id.startswith(cursor.split("-")[0])
    assert not server.audit()["findings"]


def test_a_server_without_its_redis_says_so_and_comes_back(
    server: ServerProcess, ann: Api, redis: RedisServer
) -> None:
    def checks() -> object:
        return web.get(f"{server.url}/readyz").json()["checks"]

    assert checks() == {"database": True, "redis": True, "disk": True, "accepting": True}
    redis.kill()
    assert checks() == {"database": True, "redis": False, "disk": True, "accepting": True}
    body = Body("say 3")
    assert ann.start(body).status_code == 202
    redis.start()
    wait_until(
        lambda: checks() == {"database": True, "redis": True, "disk": True, "accepting": True}
    )
    other = Body("say 3")
    assert ann.perform(other)[-1].type == "RUN_FINISHED"
