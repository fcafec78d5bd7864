"""One browser, and a server whose model does as it is told."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.console.visit import DESK, Visit
from tests.support.server import LEISURELY, NewFolder, ServerProcess, at_work

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A microphone that hums, and nobody who has to allow it.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)

ELSEWHERE = "https://files.example.com"

Visiting = Callable[..., Visit]


LOOKS: Any = {"viewport": DESK, "locale": "en-GB", "reduced_motion": "reduce"}


# Not for longer than this folder: its loop counts as running in this thread, and others need one.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = _chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def _chromium() -> str:
    """Where it is; without it a test is skipped, in CI it fails."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        reason = f"the console needs a browser: {' or '.join(BROWSERS)}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="package")
def hosted(new_folder: NewFolder) -> Iterator[ServerProcess]:
    yield from _served(new_folder, **LEISURELY)


@pytest.fixture(scope="package")
def strict(new_folder: NewFolder) -> Iterator[ServerProcess]:
    """A server that a user comes up against at once, whatever they try."""
    limits = {"STREAMS_PER_USER": 1, "APPROVAL_SECONDS": 2, "SESSION_USER_MESSAGES": 3}
    room = {"ATTACHMENTS_PER_USER": 1, "MEDIA_PER_MINUTE": 2, "PUBLIC_URL": ELSEWHERE}
    yield from _served(new_folder, **limits, **room)


@pytest.fixture(scope="package")
def builtin(new_folder: NewFolder) -> Iterator[ServerProcess]:
    """The server as `scripts/serve` starts it, but for a model that writes faster."""
    model = {"MODEL_URL": "builtin:", "BUILTIN_PACE_MS": 4, "FLUSH_MS": 5}
    # It hears recordings and transcribes none.
    yield from _served(new_folder, **LEISURELY, **model, MODEL_HEARS_AUDIO=True)


def _served(new_folder: NewFolder, **settings: object) -> Iterator[ServerProcess]:
    with at_work(ServerProcess(new_folder(), **settings)) as server:
        yield server


@pytest.fixture(scope="package")
def known(browser: Browser, hosted: ServerProcess) -> Iterator[BrowserContext]:
    """A browser that was here before; the page that stays open keeps its process."""
    context = browser.new_context(**LOOKS)
    context.new_page().goto(f"{hosted.url}/healthz")
    yield context
    context.close()


@pytest.fixture
def visiting(browser: Browser, known: BrowserContext, hosted: ServerProcess) -> Iterator[Visiting]:
    """Open the console as a new user; whatever it complained of fails the test at its end.

    Those who sign in, and whose browser is another than most, come with one that knows nothing.
    """
    with ExitStack() as stack:
        visits: list[Visit] = []

        def visit(server: ServerProcess = hosted, *, signed_in: bool = True, **looks: Any) -> Visit:
            api = stack.enter_context(server.api(f"visitor-{uuid4()}@example.com"))
            if looks or not signed_in:
                context = browser.new_context(**LOOKS | looks)
                stack.callback(context.close)
                visits.append(Visit.of(context, api, signed_in=signed_in))
            else:
                visits.append(Visit.of(known, api))
                stack.callback(visits[-1].leave)
            return visits[-1]

        yield visit
        for seen in visits:
            seen.assert_quiet()
