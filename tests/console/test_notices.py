"""Notices: those that were looked at count as read, and no others."""

import re

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.console.conftest import Visiting
from tests.console.visit import DESK, PHONE, Visit
from tests.support.server import ServerProcess
from tests.support.viewer import wait_until

# More than a page of the list has, and that more than a screen.
MANY = 25
PAGE = 20
# How many notices end above the end of the screen, and of the bar that lies over it on a phone.
ON_SCREEN = """() => {
  const bar = getComputedStyle(document.querySelector('nav.tabs')).position === 'fixed'
    ? document.querySelector('nav.tabs').offsetHeight : 0;
  return [...document.querySelectorAll('.rows li')]
    .filter((row) => row.getBoundingClientRect().bottom <= innerHeight - bar).length;
}"""
FOURTH_ENDS = "document.querySelectorAll('.rows li')[3].getBoundingClientRect().bottom"
AWAY = "Object.defineProperty(document, 'hidden', {get: () => !window.back});"
BACK = "window.back = true; document.dispatchEvent(new Event('visibilitychange'));"


def told(visit: Visit, server: ServerProcess, many: int = MANY) -> Visit:
    news = [f"Something happened, no. {number}" for number in range(many)]
    server.beside.notify(visit.api.email, *news)
    return visit


def read_flags(visit: Visit) -> list[bool]:
    """Of each notice, the newest first, whether the server has it as read."""
    items = visit.api.get("/notifications?limit=100").json()["items"]
    return [item["read"] for item in items]


def unread(page: Page) -> Locator:
    return page.get_by_role("link", name=re.compile("unread"))


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_what_stood_on_the_screen_is_read_and_nothing_else(
    visiting: Visiting, hosted: ServerProcess, size: ViewportSize
) -> None:
    visit = told(visiting(viewport=size), hosted)
    visit.page.add_init_script(AWAY)
    visit.go("notices")
    expect(visit.page.locator(".rows li")).to_have_count(PAGE)
    # The fourth is at the very end of the screen: on a phone, under the bar.
    end = int(visit.page.evaluate(FOURTH_ENDS)) + 10
    visit.page.set_viewport_size({"width": size["width"], "height": end})
    shown = visit.page.evaluate(ON_SCREEN)
    visit.page.evaluate(BACK)

    wait_until(lambda: any(read_flags(visit)))
    visit.page.wait_for_timeout(1_500)  # for those that should not be

    flags = read_flags(visit)
    seen = sum(flags)
    assert 3 <= seen <= shown <= 4
    assert flags == [True] * seen + [False] * (MANY - seen)
    expect(unread(visit.page)).to_contain_text(f"{MANY - seen} unread")
    # What was new stands as new for as long as the page is looked at.
    expect(visit.page.locator(".rows .unread")).to_have_count(PAGE)

    visit.page.locator(".rows li").last.scroll_into_view_if_needed()
    visit.page.mouse.wheel(0, 10_000)

    wait_until(lambda: read_flags(visit)[PAGE - 1])
    assert read_flags(visit)[PAGE:] == [False] * (MANY - PAGE)


def test_a_notice_that_was_read_is_new_no_more_at_the_next_visit(
    visiting: Visiting, hosted: ServerProcess
) -> None:
    visit = told(visiting(), hosted, 2).go("notices")
    wait_until(lambda: read_flags(visit) == [True, True])
    expect(unread(visit.page)).to_have_count(0)

    visit.go("points").go("notices")

    expect(visit.page.locator(".rows li")).to_have_count(2)
    expect(visit.page.locator(".rows .unread")).to_have_count(0)


def test_behind_another_window_nothing_is_looked_at(
    visiting: Visiting, hosted: ServerProcess
) -> None:
    visit = told(visiting(), hosted, 1)
    visit.page.add_init_script(AWAY)
    visit.go("notices")
    expect(visit.page.locator(".rows .unread")).to_have_count(1)
    visit.page.wait_for_timeout(1_500)  # longer than a glance
    assert read_flags(visit) == [False]

    visit.page.evaluate(BACK)

    wait_until(lambda: read_flags(visit) == [True])
    expect(unread(visit.page)).to_have_count(0)


def test_all_are_marked_by_a_button_also_those_that_were_never_shown(
    visiting: Visiting, hosted: ServerProcess
) -> None:
    visit = told(visiting(), hosted).go("notices")
    expect(unread(visit.page)).to_be_visible()
    expect(visit.page.locator(".rows .unread").first).to_contain_text("Something happened")

    visit.page.get_by_role("button", name="Mark all as read").click()

    expect(visit.page.locator(".rows .unread")).to_have_count(0)
    expect(unread(visit.page)).to_have_count(0)
    assert read_flags(visit) == [True] * MANY
