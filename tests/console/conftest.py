"""A browser for each file, and a server whose model does as it is told."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.console.visit import DESK, Visit
from tests.support.server import ServerProcess, at_work

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
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

Visiting = Callable[..., Visit]


# Not for longer than a file: its loop counts as running in this thread, and other files need one.
@pytest.fixture(scope="module")
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


@pytest.fixture(scope="session")
def hosted(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("console") / "data"
    shutil.copytree(migrated, folder)
    with at_work(ServerProcess(folder)) as server:
        yield server


@pytest.fixture
def visiting(browser: Browser, hosted: ServerProcess) -> Iterator[Visiting]:
    """Open the console as a new user; whatever it complained of fails the test at its end."""
    with ExitStack() as stack:
        visits: list[Visit] = []

        def visit(server: ServerProcess = hosted, *, signed_in: bool = True, **looks: Any) -> Visit:
            wanted = {"viewport": DESK, "locale": "en-GB", "reduced_motion": "reduce", **looks}
            context = browser.new_context(**wanted)
            stack.callback(context.close)
            api = stack.enter_context(server.api(f"visitor-{uuid4()}@example.com"))
            visits.append(Visit.of(context, api, signed_in=signed_in))
            return visits[-1]

        yield visit
        for seen in visits:
            seen.assert_quiet()
