"""What a thumb meets on a small screen: nothing that matters lies under an edge."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.console.conftest import Visiting
from tests.console.visit import Visit
from tests.support.server import ServerProcess
from tests.support.viewer import wait_until

SMALL: dict[str, Any] = {"viewport": {"width": 375, "height": 667}, "has_touch": True}
IN_SIGHT = """(element) => {
  const box = element.getBoundingClientRect();
  const bar = document.querySelector('nav.tabs')?.getBoundingClientRect().top ?? innerHeight;
  return box.top >= 0 && box.bottom <= bar;
}"""


def in_sight(visit: Visit, what: Locator) -> bool:
    """Whether all of it lies above the bar at the bottom, once nothing moves any more."""
    visit.page.wait_for_function(
        "() => window.still === scrollY || (window.still = scrollY, false)", polling=150
    )
    return bool(what.evaluate(IN_SIGHT))


def test_a_wrong_code_is_told_at_its_field_in_sight(visiting: Visiting) -> None:
    visit = visiting(signed_in=False, **SMALL).go()
    page = visit.page
    page.get_by_label("E-mail").fill(visit.api.email)
    page.get_by_role("button", name="Send me a code").tap()
    code = page.get_by_label("Code", exact=True)
    expect(code).to_be_focused()

    code.fill("000000")
    page.get_by_role("button", name="Enter").first.tap()

    expect(code).to_have_accessible_description("This code is wrong, used or too old.")
    expect(code).to_be_focused()
    assert in_sight(visit, page.locator("#code-why .note"))


def test_the_words_come_into_sight_as_they_arrive(visiting: Visiting) -> None:
    visit = visiting(**SMALL).cast("say 600 pace 20")
    first = visit.page.locator(".told")
    expect(first).to_contain_text("word00003")

    # The page has turned to them before they all have come.
    wait_until(lambda: 0 <= first.evaluate("(told) => told.getBoundingClientRect().top") < 200)
    expect(first).not_to_contain_text("word00599")
    visit.call_off()


# Its words are there before its first frame is.
SLOW_FRAMES = """
const soon = requestAnimationFrame;
window.requestAnimationFrame = (draw) => setTimeout(() => soon(draw), 400);
"""


def test_the_words_stay_in_sight_on_a_phone_that_draws_slowly(visiting: Visiting) -> None:
    visit = visiting(**SMALL)
    visit.page.add_init_script(SLOW_FRAMES)
    visit.cast("say 600 pace 20")
    first = visit.page.locator(".told")

    expect(visit.page.locator("h1")).to_be_focused()
    expect(first).to_contain_text("word00003")
    wait_until(lambda: 0 <= first.evaluate("(told) => told.getBoundingClientRect().top") < 200)
    visit.call_off()


@pytest.mark.parametrize("come", ["back", "again"])
def test_who_comes_back_or_again_begins_at_the_heading(visiting: Visiting, come: str) -> None:
    page = visiting(**SMALL).go("you").page
    expect(page.get_by_text("Sign out")).to_be_visible()
    page.evaluate("scrollTo(0, 500)")
    if come == "back":
        page.evaluate("location.hash = '#/points'")
        expect(page.locator("h1")).to_have_text("Your points")
        page.go_back()
    else:
        page.reload()

    expect(page.get_by_text("Sign out")).to_be_visible()
    expect(page.locator("h1")).to_be_focused()
    expect(page.locator("h1")).to_be_in_viewport()
    assert page.evaluate("scrollY") == 0


def test_whoever_has_moved_is_left_where_they_are(visiting: Visiting) -> None:
    visit = visiting(**SMALL).cast("think 1; say 400 pace 20")
    visit.page.evaluate("scrollTo(0, 120)")
    expect(visit.page.locator(".told")).to_contain_text("word00003")
    place = visit.page.evaluate("scrollY")
    expect(visit.page.locator(".told")).to_contain_text("word00030")

    assert visit.page.evaluate("scrollY") == place
    visit.call_off()


def test_a_question_to_the_user_is_in_sight_with_its_buttons_and_its_end(
    visiting: Visiting,
) -> None:
    at = (datetime.now(UTC) + timedelta(days=2)).isoformat(timespec="seconds")
    call = json.dumps({"at": at, "text": "look at this again"})
    visit = visiting(**SMALL).cast(f"say 60; call set_reminder {call}; say 2")
    visit.ended("interrupt")

    visit.page.get_by_role("button", name="Show me").tap()

    card = visit.page.locator(".approval")
    assert in_sight(visit, card.get_by_role("heading"))
    assert in_sight(visit, card.get_by_role("button", name="Yes, do it"))
    assert in_sight(visit, card.get_by_role("timer"))


def test_a_long_question_does_not_fill_the_screen(
    visiting: Visiting, hosted: ServerProcess
) -> None:
    visit = visiting(**SMALL).go("cast")
    field = visit.page.get_by_label("What do you want to know?")
    field.fill("why? " * 90)
    expect(visit.page.get_by_text("450 of 500 characters")).to_be_visible()
    field.fill(("say 3; " + "why? " * 2000)[:500])
    expect(visit.page.get_by_text("the rest was left out")).to_be_visible()
    visit.throw().read().ended()

    title = visit.page.get_by_role("heading", level=1)
    box = title.bounding_box()
    assert box
    assert box["height"] < 120
    visit.page.get_by_role("button", name="Show all of it").tap()
    wait_until(lambda: (title.bounding_box() or box)["height"] > box["height"])


def test_the_line_of_a_reading_keeps_to_one_row_while_it_arrives(visiting: Visiting) -> None:
    visit = visiting(**SMALL).cast("say 200 pace 20")
    expect(visit.page.locator(".told")).to_contain_text("word00003")

    row = visit.page.locator(".status").bounding_box()

    assert row
    assert row["height"] < 60
    visit.call_off()


def test_ones_own_page_is_in_the_bar_and_the_servers_is_not(visiting: Visiting) -> None:
    visit = visiting(**SMALL).go("cast")
    bar = visit.page.locator("nav.tabs")

    bar.get_by_role("link", name="You").tap()

    expect(visit.page.get_by_role("heading", level=1)).to_have_text("You")
    expect(visit.page.get_by_role("link", name="You")).to_have_count(1)
    expect(bar.get_by_role("link", name="Server")).to_have_count(0)
    expect(visit.page.get_by_role("link", name="This server, now")).to_be_visible()
