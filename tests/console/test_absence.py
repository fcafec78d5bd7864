"""A server that is away for a while: knocked at gently, and what it missed is asked again."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.console.conftest import Visiting
from tests.console.visit import Visit
from tests.support.server import ServerProcess

GONE = "does not answer"


@pytest.fixture
def mortal(data_dir: Path) -> Iterator[ServerProcess]:
    """A server that comes back at the address that it had."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = ServerProcess(data_dir, PORT=port).start()
    try:
        yield server
    finally:
        server.stop()


def forgive(visit: Visit) -> None:
    """What the browser says of a server that is not there is no complaint of ours."""
    visit.complaints = [text for text in visit.complaints if "net::ERR_" not in text]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("page", "shows"), [("points", "Welcome"), ("readings", "say 3"), ("you", "About you")]
)
def test_a_page_that_could_not_be_had_comes_by_itself_once_the_server_is_back(
    visiting: Visiting, mortal: ServerProcess, page: str, shows: str
) -> None:
    visit = visiting(mortal).cast("say 3")
    visit.ended()
    mortal.kill()
    visit.page.evaluate("(name) => { location.hash = `#/${name}`; }", page)
    expect(visit.page.locator(".banner")).to_contain_text(GONE)
    expect(visit.page.get_by_text(shows)).to_have_count(0)

    mortal.start()

    expect(visit.page.get_by_text(shows).first).to_be_visible(timeout=20_000)
    expect(visit.page.get_by_text(GONE)).to_have_count(0)
    forgive(visit)


@pytest.mark.timeout(60)
def test_a_knock_that_nobody_answers_is_given_up_and_tried_again(
    visiting: Visiting, mortal: ServerProcess
) -> None:
    """Something takes it and says nothing, such as a proxy before a server that only starts."""
    visit = visiting(mortal).go("cast")
    knocks: list[Route] = []

    def answer(route: Route) -> None:
        knocks.append(route)
        if len(knocks) > 1:
            route.continue_()

    visit.page.route("**/healthz", answer)
    mortal.kill()
    visit.page.evaluate("location.hash = '#/points'")
    expect(visit.page.locator(".banner")).to_contain_text(GONE)
    mortal.start()

    expect(visit.page.locator(".banner")).to_have_count(0, timeout=20_000)
    assert len(knocks) == 2
    forgive(visit)


@pytest.mark.timeout(60)
def test_a_reading_that_could_not_be_opened_is_asked_for_once_and_opens_later(
    visiting: Visiting, mortal: ServerProcess
) -> None:
    visit = visiting(mortal).cast("say 3")
    visit.ended()
    thread = visit.thread
    visit.go("points")
    mortal.kill()
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url))

    visit.page.evaluate("(id) => { location.hash = `#/readings/${id}`; }", thread)

    expect(visit.page.locator("main .note")).to_contain_text(GONE)
    visit.page.wait_for_timeout(1_500)  # a page that asks on and on does so at once
    assert len([url for url in asked if thread in url]) == 1
    assert len(asked) < 10
    mortal.start()
    expect(visit.page.locator(".told")).to_contain_text("word00002", timeout=20_000)
    forgive(visit)
