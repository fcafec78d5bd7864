"""Every view at a phone and at a desk, by day and by night: nothing cut off, nobody left out."""

import re
from typing import Any

import pytest
from playwright.sync_api import ViewportSize, expect

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
# A small phone, and what a desk of 1280 by 800 has left where all is twice as large.
NARROWER = ({"width": 320, "height": 568}, {"width": 640, "height": 400})
# A run with a chart, two paragraphs of words and a question to the user.
ASKING = f"think 3; say 60; {SAVE}"


@pytest.fixture(scope="session")
def rules(node: str) -> str:
    return (MODULES / "axe-core/axe.min.js").read_text()


def assert_well(visit: Visit, axe: str, view: str) -> None:
    page = visit.page
    usual = page.viewport_size
    assert usual
    for size in (*NARROWER, usual):
        page.set_viewport_size(ViewportSize(width=size["width"], height=size["height"]))
        over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(over) <= 0, f"{view} scrolls sideways at {size}"
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
    visit = visiting(signed_in=False, **LOOKS[name])
    page = visit.page
    visit.go()
    page.locator("summary").click()
    assert_well(visit, rules, "sign-in")
    page.locator("#token").fill(visit.api.token)
    page.locator(".ways form > button").click()
    expect(page.locator("#question")).to_be_visible()
    page.locator("#question").fill(ASKING)
    page.get_by_role("radio").nth(2).check()
    assert_well(visit, rules, "cast by coins")
    page.get_by_role("radio").last.check()
    page.locator("#digits").fill("789678")
    assert_well(visit, rules, "cast by hand")
    page.locator(".reader button").click()
    visit.ended("interrupt")
    page.locator(".status [aria-expanded]").click()
    assert_well(visit, rules, "a reading that asks")
    for view in ("readings", "points", "notices", "you", "figures"):
        visit.go(view)
        expect(page.locator("h1")).to_be_focused()
        assert_well(visit, rules, view)
    expect(page.locator(".plot canvas")).to_have_count(4)


def test_colours_of_the_users_own_leave_nothing_unseen(visiting: Visiting) -> None:
    """What is only a shape, or only a ground, takes the colours that the system forces."""
    visit = visiting(forced_colors="active", color_scheme="dark").go("cast")
    page = visit.page
    # A page that was set to light draws on the system's dark ground all the same.
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    page.get_by_role("radio", name="Enter lines").check()
    colours = """([shape, ground]) => {
      const probe = document.body.appendChild(document.createElement('i'));
      const system = (name) => (probe.style.color = name, getComputedStyle(probe).color);
      const of = (selector) => getComputedStyle(document.querySelector(selector));
      return [of(shape).fill === system('CanvasText'),
        of(ground).backgroundColor === system('Highlight')];
    }"""

    assert page.evaluate(colours, [".mark", ".switch input:checked + span"]) == [True, True]


def test_the_language_is_the_browsers_and_can_be_switched(visiting: Visiting) -> None:
    visit = visiting(locale="zh-TW").go("cast")
    language = visit.page.locator("html")

    expect(language).to_have_attribute("lang", "zh-Hans")
    visit.page.get_by_role("button", name="English").click()
    expect(language).to_have_attribute("lang", "en")
    visit.page.reload()
    expect(visit.page.get_by_label("What do you want to know?")).to_be_visible()


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


def test_an_english_chart_is_wholly_english_and_nothing_in_it_lies_on_another(
    visiting: Visiting,
) -> None:
    visit = visiting(viewport={"width": 375, "height": 667}).go("cast")
    visit.page.get_by_label("What do you want to know?").fill("say 3")
    visit.page.get_by_role("radio", name="Enter lines").check()
    visit.page.get_by_label("Six digits").fill("696969")
    visit.read().ended()
    chart = visit.page.locator(".chart")

    assert not re.search(r"[\u3400-\u9fff]", chart.inner_text())
    assert chart.locator("svg .role").all_text_contents() == ["self", "other"]
    crossed = chart.evaluate(
        """(figure) => {
          const boxes = [...figure.querySelectorAll('svg text, svg rect')]
            .filter((one) => !one.matches('.hidden'))
            .map((one) => [one.textContent || 'bar', one.getBoundingClientRect()]);
          const cross = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
            && a.top < b.bottom - 4 && b.top < a.bottom - 4;
          return boxes.flatMap(([one, a], at) => boxes.slice(at + 1)
            .filter(([, b]) => cross(a, b)).map(([other]) => `${one} / ${other}`));
        }"""
    )
    assert crossed == []
    chart.locator("summary").click()
    expect(chart.get_by_text("The line that stands for you.")).to_be_visible()
