"""What a newcomer does in the first two minutes, in a browser, on a server with nothing else."""

import re
from uuid import uuid4

import httpx2
import pytest
from playwright.sync_api import expect

from tests.console.conftest import Visiting
from tests.console.visit import Visit, told
from tests.support.api import Body
from tests.support.approvals import SAVE
from tests.support.server import ServerProcess

QUESTION = "Will the new job suit me? Please save this reading: for later"


def decide(visit: Visit, name: str) -> None:
    visit.page.get_by_role("button", name=name).click()


def number(event_id: str) -> int:
    return int(event_id.rpartition("-")[2])


def shown_first(connection: str) -> str:
    """The id of the first event that came over a connection, as the inspector shows it."""
    found = re.search(r"→ \d+ events (\S+) …", connection)
    assert found, connection
    return found[1]


@pytest.mark.timeout(60)
def test_a_newcomer_casts_is_cut_off_resumes_and_approves(
    visiting: Visiting, builtin: ServerProcess
) -> None:
    """The whole of the first two minutes: every word comes once, through a cut, a yes and a no."""
    visit = visiting(builtin, signed_in=False)
    page = visit.page

    visit.sign_in().cast(QUESTION)
    thread = visit.thread
    expect(page.get_by_role("heading", level=1)).to_have_text(QUESTION)
    expect(page.locator(".chart svg .row")).to_have_count(6)
    visit.pull()
    expect(page.locator(".pulse")).to_have_text("Cut off; the server writes on")
    seen_at_the_cut = visit.text
    expect(page.locator(".caught")).to_contain_text("Resumed after event", timeout=8_000)
    visit.ended("interrupt")

    session = visit.api.session(thread)
    assert visit.text == told(session)
    assert visit.text.startswith(seen_at_the_cut)
    assert len(visit.text) > len(seen_at_the_cut) > 0
    (first, posted), (second, resumed) = visit.attempts
    assert first == ""
    assert "you pulled the plug" in posted
    assert second.endswith(posted.rpartition("… ")[2].split()[0])
    assert f"Last-Event-ID: {second}" in resumed
    assert number(shown_first(resumed)) == number(second) + 1

    card = page.locator(".approval")
    expect(card.get_by_label("Note")).to_have_value("for later")
    card.get_by_label("Title").fill("The new job")
    decide(visit, "Yes, as I changed it")
    visit.ended()
    expect(page.locator(".call")).to_contain_text("The new job")
    (saved,) = visit.api.get("/readings").json()["items"]
    assert (saved["title"], saved["note"]) == ("The new job", "for later")
    assert visit.text == told(visit.api.session(thread))

    page.get_by_label("Ask one thing more").fill("When will I hear?")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(".said")).to_have_text("You: When will I hear?")
    expect(page.locator(".spent")).to_contain_text("asked all that it may", timeout=15_000)
    assert visit.text == told(visit.api.session(thread))
    assert visit.api.balance() == 85
    shown = visit.text
    page.reload()
    expect(page.locator(".chart svg .row")).to_have_count(6)
    assert visit.text == shown


def test_the_chart_says_what_the_server_derived(visiting: Visiting) -> None:
    visit = visiting(locale="zh-CN")
    visit.go("cast")
    visit.page.get_by_label("想问什么？").fill("say 3")
    visit.page.get_by_role("radio", name="自己填").check()
    visit.page.get_by_label("六个数字，自下而上").fill("789776")
    visit.page.get_by_role("button", name="解这一卦").click()

    visit.ended()
    derived = visit.api.session(visit.thread)["divination_derived"]
    chart = visit.page.locator(".chart")
    assert derived["cast"]["lines"] == [7, 8, 9, 7, 7, 6]
    expect(chart.locator(".name b")).to_have_text(
        [derived["primary"]["fullName"], derived["changed"]["fullName"]]
    )
    branches = [f"{line['stem']}{line['branch']}" for line in derived["lines"]]
    shown = chart.locator(".row > .branch").all_text_contents()
    assert [text[:2] for text in shown] == branches
    heights = [row.bounding_box() for row in chart.locator(".row > rect:first-of-type").all()]
    tops = [box["y"] for box in heights if box]
    assert tops == sorted(tops, reverse=True)  # the first line is the lowest
    assert len(tops) == 6
    assert chart.locator(".row.moving").count() == 2
    assert chart.locator(".role").all_text_contents() == ["应", "世"]


def test_a_tap_changes_one_line(visiting: Visiting) -> None:
    visit = visiting().go("cast")
    visit.page.get_by_role("radio", name="Enter lines").check()

    digits = visit.page.get_by_label("Six digits")
    digits.fill("777777")
    visit.page.get_by_role("button", name="Line 3, young yang").click()
    visit.page.get_by_role("button", name="Line 3, young yin").click()

    expect(digits).to_have_value("779777")
    visit.page.get_by_label("Six digits").fill("77977")
    expect(visit.page.get_by_role("button", name="Read it")).to_be_disabled()


def test_lines_by_hand_begin_as_none_so_that_nobody_reads_what_nobody_threw(
    visiting: Visiting,
) -> None:
    visit = visiting().go("cast")
    visit.page.get_by_role("radio", name="Enter lines").check()
    read = visit.page.get_by_role("button", name="Read it")
    expect(read).to_be_disabled()

    for number in range(6, 0, -1):
        expect(read).to_be_disabled()
        visit.page.get_by_role("button", name=f"Line {number}, not there yet").click()

    expect(visit.page.get_by_label("Six digits")).to_have_value("777777")
    expect(read).to_be_enabled()


def test_a_no_is_taken_and_the_reading_goes_on(visiting: Visiting) -> None:
    visit = visiting().cast(SAVE)
    visit.ended("interrupt")

    visit.page.get_by_label("Why not").fill("not now")
    decide(visit, "No")

    visit.ended()
    expect(visit.page.locator(".call.rejected")).to_be_visible()
    assert visit.api.get("/readings").json()["items"] == []


def test_what_a_model_says_is_text_and_nothing_else(
    visiting: Visiting, builtin: ServerProcess
) -> None:
    """The built-in model repeats the question: as words, whatever it holds."""
    hostile = "<img src=x onerror=alert(1)> <script>alert(1)</script> [so](javascript:alert(1))?"
    visit = visiting(builtin).cast(hostile)

    expect(visit.page.locator(".told")).to_contain_text(hostile)
    expect(visit.page.get_by_role("heading", level=1)).to_have_text(hostile)
    assert visit.page.locator("article :is(img, script, a[href^=javascript])").count() == 0


def test_a_reading_is_found_again_and_forgotten(visiting: Visiting) -> None:
    visit = visiting().cast("say 4")
    visit.ended()
    words = visit.text

    visit.page.get_by_role("link", name="Readings").click()
    visit.page.get_by_role("link", name="say 4").click()
    expect(visit.page.locator(".told")).to_be_visible()
    assert visit.text == words
    visit.page.get_by_role("link", name="Readings").click()
    visit.page.get_by_role("button", name="Delete: say 4").click()
    visit.page.get_by_role("button", name="Really delete?").click()

    expect(visit.page.get_by_text("No readings yet.")).to_be_visible()
    assert visit.api.get("/agent/sessions").json()["items"] == []


def test_a_reading_that_is_not_there_is_asked_for_once_and_leads_back(visiting: Visiting) -> None:
    visit = visiting()
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url))
    nowhere = str(uuid4())

    visit.go(f"readings/{nowhere}")

    assert "no such reading" in visit.problem("AGENT_SESSION_NOT_FOUND")
    visit.page.get_by_role("link", name="All readings").click()
    expect(visit.page.get_by_text("No readings yet.")).to_be_visible()
    assert sum(nowhere in url for url in asked if "/api/" in url) == 1


def test_who_comes_later_sees_the_same_reading(visiting: Visiting) -> None:
    """A reading that is under way elsewhere, opened from its address."""
    visit = visiting()
    body = Body("say 150 pace 15")
    visit.api.start(body)

    visit.go(f"readings/{body.thread}")
    expect(visit.page.locator(".told")).to_contain_text("word00002")
    visit.ended()

    assert visit.text == told(visit.api.session(body.thread))


def test_what_a_tool_made_public_can_be_opened(visiting: Visiting) -> None:
    visit = visiting().cast('say 4; call share_reading {"ttlDays": 2}; say 2')
    visit.ended("interrupt")
    card = visit.page.locator(".approval")
    card.get_by_label("Include the question").check()
    card.get_by_label("Days it works").fill("3")

    decide(visit, "Yes, as I changed it")
    visit.ended()

    (call,) = visit.api.calls(visit.api.session(visit.thread)["runs"][0]["runId"])
    assert call["arguments"]["ttlDays"] == 3
    assert call["arguments"]["includeQuestion"] is True
    link = visit.page.locator(".call a")
    assert httpx2.get(visit.api.url + str(link.get_attribute("href"))).status_code == 200


def test_the_keyboard_is_enough(visiting: Visiting) -> None:
    visit = visiting().go("cast")
    keys = visit.page.keyboard

    visit.page.get_by_label("What do you want to know?").focus()
    keys.type("say 3")
    keys.press("Tab")  # the button for files
    keys.press("Tab")
    keys.press("ArrowLeft")  # the category before
    keys.press("Tab")
    keys.press("Tab")
    for _ in range(6):
        keys.press("Enter")
    expect(visit.page.get_by_text("The six lines are there")).to_be_visible()
    visit.page.get_by_role("button", name="Read it").focus()
    keys.press("Enter")

    visit.ended()
    assert visit.api.session(visit.thread)["divination_derived"]["cast"]["category"] == "social"
