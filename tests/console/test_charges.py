"""What a click costs: once, however often it is made before the page has answered."""

import json
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Request, expect

from tests.console.conftest import Visiting
from tests.console.visit import Visit
from tests.support.server import ServerProcess

# Two clicks with nothing between them, as an impatient thumb makes them.
TWICE = "(button) => { button.click(); button.click(); }"


def runs_posted(visit: Visit) -> list[str]:
    """The run ids that the page sends from now on."""
    seen: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/agent/runs"):
            seen.append(json.loads(request.post_data or "{}")["runId"])

    visit.page.on("request", note)
    return seen


def test_two_clicks_on_a_cast_are_one_reading(visiting: Visiting) -> None:
    visit = visiting().go("cast")
    sent = runs_posted(visit)
    visit.page.get_by_label("What do you want to know?").fill("say 3")
    visit.throw()

    visit.page.get_by_role("button", name="Read it").evaluate(TWICE)

    visit.ended()
    assert len(sent) == 1
    assert visit.api.balance() == 90
    assert len(visit.api.get("/agent/sessions").json()["items"]) == 1


def test_two_clicks_on_a_second_try_are_one_reading(
    visiting: Visiting, hosted: ServerProcess
) -> None:
    visit = visiting()
    hosted.beside.set_balance(visit.api.email, 3)
    visit.cast("say 3")
    visit.problem("POINTS_INSUFFICIENT_BALANCE")
    hosted.beside.set_balance(visit.api.email, 100)

    visit.page.get_by_role("button", name="Try again").evaluate(TWICE)

    visit.ended()
    assert visit.api.balance() == 90


def test_two_clicks_on_a_follow_up_are_one_question(visiting: Visiting) -> None:
    visit = visiting().cast("say 3")
    visit.ended()
    sent = runs_posted(visit)
    visit.page.get_by_label("Ask one thing more").fill("say 2")

    visit.page.get_by_role("button", name="Ask").evaluate(TWICE)

    expect(visit.page.locator(".spent")).to_be_visible()
    assert len(sent) == 1
    assert visit.api.balance() == 85


def test_an_offered_question_that_is_clicked_twice_is_asked_once(
    visiting: Visiting, builtin: ServerProcess
) -> None:
    visit = visiting(builtin).cast("Will the new job suit me?")
    visit.ended()
    sent = runs_posted(visit)

    visit.page.locator(".offers button").first.evaluate(TWICE)

    expect(visit.page.locator(".spent")).to_be_visible(timeout=15_000)
    assert len(sent) == 1
    assert visit.api.balance() == 85


def test_a_time_that_is_over_is_told_at_its_field_and_costs_nothing(visiting: Visiting) -> None:
    at = datetime.now(UTC) + timedelta(days=2)
    call = json.dumps({"at": at.isoformat(timespec="seconds"), "text": "look again"})
    visit = visiting().cast(f"call set_reminder {call}; say 2")
    visit.ended("interrupt")
    when = visit.page.get_by_label("When")

    when.fill("2020-01-01T09:00")
    visit.page.get_by_role("button", name="Yes, as I changed it").click()

    expect(when).to_have_accessible_description("This must be in the future, within a year.")
    expect(when).to_be_focused()
    when.fill(f"{at:%Y-%m-%dT09:00}")
    visit.page.get_by_role("button", name="Yes, as I changed it").click()
    visit.ended()
    assert len(visit.api.get("/reminders").json()["items"]) == 1
