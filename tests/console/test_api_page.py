"""The API document as a page: on a phone, without a script, and from nowhere else."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.server import ServerProcess


@pytest.fixture
def page(browser: Browser, hosted: ServerProcess) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    yield page
    context.close()


def test_it_fits_a_phone_opens_what_is_linked_and_fetches_nothing(
    page: Page, hosted: ServerProcess
) -> None:
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(hosted.url + "/docs")

    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollWidth - {root}.clientWidth") <= 0
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = false)")
    call = page.locator("details", has_text="POST /api/v1/auth/otp/verify")
    call.locator("summary").click()
    call.get_by_role("link", name="SignedIn", exact=True).click()

    assert page.get_by_text('"refreshToken"').last.is_visible()
    assert [url for url in asked if not url.startswith(hosted.url + "/docs")] in (
        [],
        [hosted.url + "/favicon.ico"],
    )
    assert said == []
