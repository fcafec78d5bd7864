"""A reading that ends while its user is away is told of, once; one that was seen is not."""

import signal
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.api import Api, Body
from tests.support.server import Serve, ServerProcess
from tests.support.viewer import Viewer, wait_until

SOON = 0.4
TELLING = ("unseen.told",)


@pytest.fixture
def server(serve: Serve) -> ServerProcess:
    return serve(READY_NOTICE_SECONDS=SOON)


def notices(api: Api) -> list[Any]:
    return list(api.get("/notifications").json()["items"])


def ended_unseen(server: ServerProcess, api: Api, script: str = "say 2") -> Body:
    """A run that nobody follows, asks about, or reads."""
    body = Body(script)
    assert api.start(body).status_code == 202
    wait_until(lambda: server.beside.count("archived_logs", run_id=body.run) == 1)
    return body


def test_a_reading_that_ends_alone_is_told_of_once(server: ServerProcess) -> None:
    with server.api() as ann:
        ann.http.patch("/profile", json={"locale": "zh-Hant"})
        body = ended_unseen(server, ann)

        wait_until(lambda: bool(notices(ann)))

        (told,) = notices(ann)
        assert (told["kind"], told["title"]) == ("reading_ready", "解讀寫好了")
        assert told["payload"] == {"type": "open_route", "route": f"/sessions/{body.thread}"}
        assert ann.get("/notifications/unread-count").json() == {"unreadCount": 1}
    assert server.beside.count("unseen_endings") == 0


def test_a_reading_that_broke_off_alone_says_that_the_points_are_back(
    server: ServerProcess,
) -> None:
    with server.api() as ann:
        ended_unseen(server, ann, "fail error")
        wait_until(lambda: bool(notices(ann)))

        assert [told["kind"] for told in notices(ann)] == ["reading_failed"]


def test_who_watches_the_end_is_not_told(server: ServerProcess) -> None:
    with server.api() as ann:
        ann.perform(Body("say 2"))

    assert server.beside.count("unseen_endings") == 0


def test_who_left_before_the_end_is_told(server: ServerProcess) -> None:
    with server.api() as ann:
        body = Body("say 30 pace 20")
        with Viewer.starting(ann, body).seen("TEXT_MESSAGE_CONTENT", 2):
            pass
        wait_until(lambda: bool(notices(ann)))

        assert [told["kind"] for told in notices(ann)] == ["reading_ready"]


@pytest.mark.parametrize("how", ["events", "session", "connect", "run"])
def test_who_comes_back_in_time_is_not_told(how: str, serve: Serve) -> None:
    """The notice would wait for a day; its row is what a sweep would tell."""
    server = serve(READY_NOTICE_SECONDS=86_400)
    with server.api() as ann:
        body = ended_unseen(server, ann)
        assert server.beside.count("unseen_endings") == 1
        calls: dict[str, Callable[[], object]] = {
            "events": lambda: ann.follow(body),
            "session": lambda: ann.session(body.thread),
            "connect": lambda: ann.restore(body.thread),
            "run": lambda: ann.run(body.run),
        }
        calls[how]()
    assert server.beside.count("unseen_endings") == 0


@pytest.mark.timeout(60)
def test_an_ending_is_told_once_though_the_server_is_killed(unstarted: ServerProcess) -> None:
    unstarted.settings["READY_NOTICE_SECONDS"] = SOON
    server = unstarted.start(CRASH_POINT=TELLING[0])
    with server.api() as ann:
        ended_unseen(server, ann)
        assert server.wait() == -signal.SIGKILL

    with server.start().api() as ann:
        wait_until(lambda: server.beside.count("unseen_endings") == 0)
        assert [told["kind"] for told in notices(ann)] == ["reading_ready"]


def test_a_reading_that_is_called_off_needs_no_telling(server: ServerProcess) -> None:
    with server.api() as ann:
        body = Body("say 100 pace 20")
        ann.start(body)
        ann.cancel(body.run)
        wait_until(lambda: server.beside.count("archived_logs", run_id=body.run) == 1)

    assert server.beside.count("unseen_endings") == 0
