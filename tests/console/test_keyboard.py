"""Without a mouse and without eyes: where the keyboard goes after each step, and what is said."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import Visiting
from tests.support.approvals import SAVE

# What a screen reader is told, in the order in which it is.
LISTEN = """() => {
  window.told = [];
  const said = document.querySelector('p.heard[role=status]');
  new MutationObserver(() => said.textContent && told.push(said.textContent))
    .observe(said, {childList: true, characterData: true, subtree: true});
}"""
NAME = """() => {
  const at = document.activeElement;
  if (!at.matches('a, button, input, select, textarea')) return '';
  return (at.labels?.[0]?.textContent || at.getAttribute('aria-label') || at.textContent).trim();
}"""
# Before the question and after it, each slow enough to be seen on its way.
SLOW = 'say 40 pace 25; call save_reading {"title": "Kept"}; say 40 pace 25'
LIMIT = '{"code": "AGENT_SSE_CONNECTION_LIMIT", "retryAfter": 30}'


def to(page: Page, name: str, most: int = 40) -> None:
    """Tab until the keyboard is at the control of this name."""
    for _ in range(most):
        if re.search(name, page.evaluate(NAME)):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached by the keyboard")


@pytest.mark.timeout(60)
def test_a_reading_is_cast_approved_and_followed_up_by_keys_alone(visiting: Visiting) -> None:
    visit = visiting().go("cast")
    page, keys = visit.page, visit.page.keyboard

    to(page, "^What do you want to know")
    keys.type(SAVE)
    to(page, "^Throw no. 1$")
    for _ in range(6):
        keys.press("Enter")
    expect(page.get_by_role("button", name="Read it")).to_be_focused()
    keys.press("Enter")
    assert visit.thread
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    visit.ended("interrupt")
    to(page, "^Show me$")
    keys.press("Enter")
    title = page.get_by_label("Title")
    expect(title).to_be_focused()

    keys.press("Control+a")
    keys.press("Delete")
    to(page, "^Yes, as I changed it$")
    keys.press("Enter")
    expect(title).to_be_focused()  # it is wrong there, and says what is
    expect(title).to_have_accessible_description("This is needed.")
    keys.type("Mine")
    to(page, "^Yes, as I changed it$")
    keys.press("Enter")
    expect(page.locator(".call")).to_be_focused()
    visit.ended()

    to(page, "^Ask one thing more$")
    keys.type("say 2")
    to(page, "^Ask$")
    keys.press("Enter")
    expect(page.locator(".said")).to_be_focused()
    visit.ended()
    assert visit.api.get("/readings").json()["items"][0]["title"] == "Mine"


def test_coins_that_fly_keep_the_keyboard(visiting: Visiting) -> None:
    page = visiting(reduced_motion="no-preference").go("cast").page

    to(page, "^Throw no. 1$")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # while they are in the air, nothing more is thrown

    expect(page.get_by_role("button", name="Throw no. 2")).to_be_focused()
    to(page, "^Throw the rest$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Read it")).to_be_focused(timeout=15_000)


def test_who_signs_in_by_keys_is_taken_to_the_next_field(visiting: Visiting) -> None:
    visit = visiting(signed_in=False).go()
    page, keys = visit.page, visit.page.keyboard

    to(page, "^E-mail$")
    keys.type("nobody")
    keys.press("Enter")
    assert "not written as it should be" in visit.problem("REQUEST_VALIDATION_ERROR")
    expect(page.get_by_label("E-mail")).to_be_focused()
    keys.type(visit.api.email)  # what was there is selected
    keys.press("Enter")

    code = page.get_by_label("Code", exact=True)
    expect(code).to_be_focused()
    keys.type("000000")
    keys.press("Enter")
    visit.problem("AUTH_VERIFICATION_CODE_INVALID")
    expect(code).to_be_focused()


def test_the_turns_of_a_reading_are_told_once_and_none_of_its_words(visiting: Visiting) -> None:
    visit = visiting().go("cast")
    said = visit.page.locator("p.heard[role=status]")
    visit.page.evaluate(LISTEN)

    visit.page.get_by_label("What do you want to know?").fill(SLOW)
    visit.throw().read()
    visit.ended("interrupt")
    expect(said).to_have_text("Waits for you")
    visit.page.get_by_role("button", name="No", exact=True).click()
    visit.ended()
    expect(said).to_have_text("Complete")

    told = visit.page.evaluate("told")
    turns = [text for text in told if not text.startswith("Line ")]
    assert turns == ["Arriving", "Waits for you", "Arriving", "Complete"]


def test_the_plug_is_pulled_by_keys_and_stays_where_it_is(visiting: Visiting) -> None:
    visit = visiting().cast("say 300 pace 20")
    page = visit.page
    expect(page.locator(".told")).to_contain_text("word00003")

    to(page, "^Inspect$")
    page.keyboard.press("Enter")
    to(page, "^Pull the plug$")
    page.keyboard.press("Enter")
    expect(page.locator(".pulse")).to_have_text("Cut off; the server writes on")

    expect(page.get_by_role("button", name="Pull the plug")).to_be_focused()
    to(page, "^Call it off$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Read on")).to_be_focused()
    to(page, "^Really call it off$")
    page.keyboard.press("Enter")
    visit.ended("cancelled")


def test_seconds_that_pass_are_not_told_one_by_one(visiting: Visiting) -> None:
    """What changes each second stands outside of what is told at once."""
    visit = visiting()
    visit.page.route(
        "**/agent/runs",
        lambda route: route.fulfill(
            status=429, headers={"Retry-After": "30"}, body=LIMIT, content_type="application/json"
        ),
    )

    visit.cast()

    visit.problem("AGENT_SSE_CONNECTION_LIMIT")
    expect(visit.page.locator(".note .faint")).to_contain_text("You can try again in")
    expect(visit.page.locator(".note [role=alert]")).not_to_contain_text("try again in")
