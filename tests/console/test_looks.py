"""Every view at a phone and at a desk, by day and by night: nothing cut off, nobody left out."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Visiting
from tests.console.visit import DESK, PHONE, Visit
from tests.support.approvals import SAVE
from tests.support.node import MODULES

LOOKS = {
    "a phone by day": {"viewport": PHONE, "color_scheme": "light", "locale": "zh-CN"},
    "a phone by night": {"viewport": PHONE, "color_scheme": "dark", "locale": "en-GB"},
    "a desk by day": {"viewport": DESK, "color_scheme": "light", "locale": "en-GB"},
    "a desk by night": {"viewport": DESK, "color_scheme": "dark", "locale": "zh-CN"},
}
# What everybody can use does not hang on the size; colours do on the hour.
HELD_AGAINST_THE_RULES = {"a phone by day", "a desk by night"}
# A run with a chart, two paragraphs of words and a question to the user.
ASKING = f"think 3; say 60; {SAVE}"


@pytest.fixture(scope="session")
def rules(node: str) -> str:
    return (MODULES / "axe-core/axe.min.js").read_text()


def assert_well(visit: Visit, axe: str | None, view: str) -> None:
    page = visit.page
    over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(over) <= 0, f"{view} scrolls sideways"
    if axe is None:
        return
    page.evaluate(axe)
    found: Any = page.evaluate("axe.run({resultTypes: ['violations']})")
    wrong = [
        (rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found["violations"]
    ]
    assert wrong == [], view


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", LOOKS)
def test_every_view_fits_and_can_be_used_by_everybody(
    visiting: Visiting, rules: str, name: str
) -> None:
    axe = rules if name in HELD_AGAINST_THE_RULES else None
    visit = visiting(signed_in=False, **LOOKS[name])
    page = visit.page
    visit.go()
    page.locator("summary").click()
    assert_well(visit, axe, "sign-in")
    page.locator("#token").fill(visit.api.token)
    page.locator(".ways form > button").click()
    expect(page.locator("#question")).to_be_visible()
    page.locator("#question").fill(ASKING)
    page.get_by_role("radio").nth(2).check()
    assert_well(visit, axe, "cast by coins")
    page.get_by_role("radio").last.check()
    assert_well(visit, axe, "cast by hand")
    page.locator(".reader button").click()
    visit.ended("interrupt")
    page.locator(".status [aria-expanded]").click()
    assert_well(visit, axe, "a reading that asks")
    for view in ("readings", "points", "notices", "you", "figures"):
        visit.go(view)
        expect(page.locator("h1")).to_be_focused()
        assert_well(visit, axe, view)
    expect(page.locator(".plot canvas")).to_have_count(4)


def test_the_language_is_the_browsers_and_can_be_switched(visiting: Visiting) -> None:
    visit = visiting(locale="zh-TW").go("cast")
    language = visit.page.locator("html")

    expect(language).to_have_attribute("lang", "zh-Hans")
    visit.page.get_by_role("button", name="English").click()
    expect(language).to_have_attribute("lang", "en")
    visit.page.reload()
    expect(visit.page.get_by_label("What do you want to know?")).to_be_visible()


def test_both_languages_say_everything(visiting: Visiting) -> None:
    page = visiting().go().page
    lacking = """async () => {
      const [{WORDS, PROBLEMS}, art] = await Promise.all(
        [import('/console/words.js'), import('/console/art.js')]);
      const gaps = (text) => [...text.matchAll(/\\{(\\w+)\\}/g)].map(([whole]) => whole).sort();
      return Object.entries(Object.assign({}, WORDS, PROBLEMS, ...Object.values(art)))
        .filter(([, pair]) => pair.length !== 2 || !pair[0] || !pair[1]
          || String(gaps(pair[0])) !== String(gaps(pair[1])))
        .map(([name]) => name);
    }"""

    assert page.evaluate(lacking) == []


def test_a_chosen_theme_wins_over_the_systems(visiting: Visiting) -> None:
    page = visiting(color_scheme="light").go("cast").page
    ground = "getComputedStyle(document.body).backgroundColor"
    paper = page.evaluate(ground)

    page.get_by_role("button", name="Theme: As the system").click()
    assert page.evaluate(ground) == paper
    page.get_by_role("button", name="Theme: Light").click()

    page.get_by_role("button", name="Theme: Dark").wait_for()
    assert page.evaluate(ground) != paper


def test_the_servers_figures_are_read_and_drawn(visiting: Visiting) -> None:
    visit = visiting().cast()
    visit.ended()

    visit.go("figures")

    expect(visit.page.locator("[data-figure=runsEnded]")).not_to_have_text("0")
    expect(visit.page.locator(".plot canvas")).to_have_count(4)
