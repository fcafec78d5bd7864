"""A server that is told to stop: what it refuses, what it still finishes, and how it lets go."""

import signal

import httpx2
import pytest

from tests.support import web
from tests.support.api import Api, Body, events_in, text_of
from tests.support.problems import assert_problem
from tests.support.server import Serve, ServerProcess
from tests.support.viewer import Viewer, wait_until

TALK = "say 60 pace 50"  # three seconds


def readiness(server: ServerProcess) -> httpx2.Response:
    return web.get(f"{server.url}/readyz")


def draining(server: ServerProcess) -> bool:
    return readiness(server).status_code == 503


def test_a_server_that_stops_finishes_what_it_began(serve: Serve) -> None:
    server = serve(GRACE_SECONDS=10)
    with server.api() as ann, server.api("bob@example.com") as bob:
        body = Body(TALK)
        poster = Viewer.starting(ann, body).seen("TEXT_MESSAGE_CONTENT")
        watcher = Viewer.of(ann, body).seen("TEXT_MESSAGE_CONTENT")

        server.terminate()
        wait_until(lambda: draining(server))

        told = readiness(server).json()
        assert told["ready"] is False
        assert told["checks"] == {"database": True, "disk": True, "accepting": False}
        assert web.get(f"{server.url}/healthz").status_code == 200
        refused = bob.start(Body())
        assert_problem(refused, "SERVER_DRAINING", 503)
        assert int(refused.headers["retry-after"]) >= 1
        assert bob.balance() == 100
        watcher.ended()
        assert "RUN_FINISHED" not in poster.kinds, "a viewer is let go long before its run ends"
        poster.ended()
        assert server.wait() == 0

    assert (watcher.whole, poster.whole) == (True, True)
    assert watcher.raw.startswith(b"retry: ")
    assert watcher.raw.endswith(b"\n\n"), "no torn event"
    assert "RUN_FINISHED" not in watcher.kinds
    assert b"".join(watcher.frames) == b"".join(poster.frames)[: len(b"".join(watcher.frames))]
    assert poster.events[-1].data["outcome"] == {"type": "success"}
    assert len(text_of(poster.events).split()) == 60
    assert not server.audit()["findings"]


def test_a_viewer_that_was_let_go_resumes_on_the_next_server(serve: Serve) -> None:
    server = serve(GRACE_SECONDS=10)
    with server.api() as ann:
        body = Body("say 120 pace 50")
        ann.start(body)
        watcher = Viewer.of(ann, body).seen("TEXT_MESSAGE_CONTENT", 3)
        server.terminate()
        watcher.ended()
        assert server.wait() == 0

    with server.start().api() as ann:
        rest = ann.log(body, watcher.last_id)
        assert b"".join(watcher.frames) + rest == ann.log(body)
        assert events_in(rest)[-1].data["outcome"] == {"type": "success"}
        assert ann.balance() == 90


def test_a_run_that_outlasts_the_grace_is_broken_off_visibly_and_given_back(serve: Serve) -> None:
    """A client takes any clean end of a POST's answer for success, so it must not get one."""
    server = serve(GRACE_SECONDS=0.5)
    with server.api() as ann:
        body, queued = Body("say 900 pace 20"), Body("say 2")
        poster = Viewer.starting(ann, body).seen("TEXT_MESSAGE_CONTENT")

        server.terminate()
        poster.ended()
        code = server.wait()

    assert code == 0
    assert poster.whole is False
    assert not {"RUN_FINISHED", "RUN_ERROR"} & set(poster.kinds)
    with server.start().api() as ann:
        assert ann.ended(body.run)["status"] == "failed"
        log = ann.log(body)
        assert log.startswith(b"".join(poster.frames))
        assert events_in(log)[-1].data["code"] == "AGENT_WORKER_LOST"
        assert ann.balance() == 100
        assert ann.perform(queued)[-1].type == "RUN_FINISHED"
    assert not server.audit()["findings"]


def test_what_has_not_spoken_yet_is_done_by_the_next_server(serve: Serve) -> None:
    """A run that waits in the queue, and one that no client has seen a word of."""
    server = serve(GRACE_SECONDS=0.3, WORKER_RUNS=1)
    with server.api() as ann:
        front, queued = Body("say 900 pace 20"), Body("say 4")
        ann.start(front)
        wait_until(lambda: ann.run(front.run)["status"] == "running")
        ann.start(queued)
        server.terminate()
        assert server.wait() == 0

    with server.start().api() as ann:
        assert ann.ended(queued.run)["status"] == "succeeded"
        assert len(text_of(ann.follow(queued)).split()) == 4
        assert ann.ended(front.run)["refunded"] is True
        assert ann.balance() == 90
    assert not server.audit()["findings"]


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(second: signal.Signals, serve: Serve) -> None:
    server = serve(GRACE_SECONDS=60)
    with server.api() as ann:
        body = Body("say 900 pace 20")
        poster = Viewer.starting(ann, body).seen("TEXT_MESSAGE_CONTENT")
        server.terminate()
        wait_until(lambda: draining(server))

        server.signal(second)
        server.wait(5)
        poster.ended()

    assert poster.whole is False
    with server.start().api() as ann:
        assert_given_back(ann, body)
    assert not server.audit()["findings"]


def assert_given_back(api: Api, body: Body) -> None:
    assert api.ended(body.run)["refunded"] is True
    assert api.balance() == 100


def test_an_idle_server_stops_soon(serve: Serve) -> None:
    server = serve(GRACE_SECONDS=60)
    with server.api() as ann:
        ann.perform(Body("say 1"))
        server.signal(signal.SIGINT)

        assert server.wait(5) == 0
    assert not [line for line in server.lines if '"ERROR"' in line or "Traceback" in line]
