"""What stands in the way, said well: points, limits, streams, a server that went away."""

import re
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Visiting
from tests.console.visit import told
from tests.support.api import Body
from tests.support.approvals import SAVE
from tests.support.server import ServerProcess
from tests.support.viewer import Viewer

LONG = "say 400 pace 20"


def words(visit_text: str) -> list[int]:
    return [int(number) for number in re.findall(r"word(\d{5})", visit_text)]


def test_without_points_it_says_how_to_get_some_and_the_cast_is_kept(
    visiting: Visiting, hosted: ServerProcess
) -> None:
    visit = visiting()
    hosted.beside.set_balance(visit.api.email, 3)

    visit.cast()

    note = visit.problem("POINTS_INSUFFICIENT_BALANCE")
    assert "it takes 10, you have 3" in note
    assert f".venv/bin/eryao points grant --email {visit.api.email}" in note
    hosted.beside.set_balance(visit.api.email, 50)
    visit.page.get_by_role("button", name="Try again").click()
    visit.ended()
    assert visit.api.balance() == 40


def test_a_question_too_many_is_answered_with_the_limit(visiting: Visiting) -> None:
    """Asked elsewhere meanwhile: the page still offers a question that the server will not take."""
    visit = visiting().cast()
    visit.ended()
    expect(visit.page.get_by_label("Ask one thing more")).to_be_visible()
    visit.api.perform(Body("say 2", "follow_up", visit.thread))

    visit.page.get_by_label("Ask one thing more").fill("say 3")
    visit.page.get_by_role("button", name="Ask").click()

    assert "2 of 2" in visit.problem("AGENT_SESSION_RUN_LIMIT_EXCEEDED")
    expect(visit.page.get_by_role("link", name="Cast anew").first).to_be_visible()


def test_too_many_open_streams_are_waited_for(visiting: Visiting, strict: ServerProcess) -> None:
    visit = visiting(strict)
    held = Body(LONG)
    with Viewer.starting(visit.api, held).seen("TEXT_MESSAGE_CONTENT"):
        visit.cast()
        assert "Too many readings are open" in visit.problem("AGENT_SSE_CONNECTION_LIMIT")
        expect(visit.page.locator(".note .faint")).to_contain_text("You can try again in")
        assert visit.api.balance() == 90  # the other reading; this one cost nothing
        visit.api.cancel(held.run)

    visit.page.get_by_role("button", name="Try again").click()
    visit.ended()


def test_a_busy_session_is_said_to_be_busy(visiting: Visiting, strict: ServerProcess) -> None:
    visit = visiting(strict).cast()
    visit.ended()
    expect(visit.page.get_by_label("Ask one thing more")).to_be_visible()
    under_way = Body(LONG, "follow_up", visit.thread)
    visit.api.start(under_way)

    visit.page.get_by_label("Ask one thing more").fill("say 3")
    visit.page.get_by_role("button", name="Ask").click()

    assert "still being written" in visit.problem("AGENT_SESSION_BUSY")
    expect(visit.page.get_by_label("Ask one thing more")).to_have_value("say 3")
    visit.api.cancel(under_way.run)
    visit.api.ended(under_way.run)


def test_a_reading_is_called_off(visiting: Visiting) -> None:
    visit = visiting().cast(LONG)
    expect(visit.page.locator(".told")).to_contain_text("word00003")

    visit.page.get_by_role("button", name="Call it off").click()
    expect(visit.page.locator(".sure-stop")).to_contain_text("the points stay spent")
    visit.page.get_by_role("button", name="Read on").click()
    visit.call_off()

    visit.ended("cancelled")
    expect(visit.page.locator(".pulse")).to_have_text("Called off")
    expect(visit.page.locator("article .note")).to_contain_text("its points are spent")
    assert visit.api.balance() == 90


def test_a_reading_called_off_before_its_first_word_gives_the_points_back(
    visiting: Visiting,
) -> None:
    visit = visiting().cast("fail stall; say 2")

    visit.page.get_by_role("button", name="Call it off").click()

    visit.ended("cancelled")
    expect(visit.page.locator("article .note")).to_contain_text("your points are back")
    assert visit.api.balance() == 100


def test_a_run_that_fails_says_why_and_that_the_points_are_back(visiting: Visiting) -> None:
    visit = visiting().cast("say 3; fail cut")

    visit.ended("error")

    note = visit.problem("AGENT_MODEL_CUT")
    assert "Your points are back." in note
    expect(visit.page.get_by_role("link", name="Points 100")).to_be_visible()


def test_an_approval_that_expires_is_finished_without_a_hand(
    visiting: Visiting, strict: ServerProcess
) -> None:
    visit = visiting(strict).cast(SAVE)
    visit.ended("interrupt")
    expect(visit.page.get_by_role("timer")).to_contain_text("no answer is a no")

    visit.ended("success", seconds=18)

    expect(visit.page.locator(".call.expired")).to_be_visible()
    assert visit.text == told(visit.api.session(visit.thread))


@pytest.mark.timeout(60)
def test_a_server_that_dies_is_found_again_and_tells_what_became_of_it(
    visiting: Visiting, data_dir: Path
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = ServerProcess(data_dir, PORT=port).start()
    try:
        visit = visiting(server)
        visit.cast("say 900 pace 20")
        expect(visit.page.locator(".told")).to_contain_text("word00003")
        server.kill()
        expect(visit.page.get_by_role("alert").first).to_contain_text("does not answer")
        before = words(visit.text)
        server.start()

        visit.ended("error")
        assert "lost this run" in visit.problem("AGENT_WORKER_LOST")
        assert words(visit.text)[: len(before)] == before == list(range(len(before)))
        expect(visit.page.get_by_role("alert").filter(has_text="does not answer")).to_have_count(0)
        assert visit.api.balance() == 100
        # What the browser says of a server that is not there is no complaint of ours.
        visit.complaints = [text for text in visit.complaints if "net::ERR_" not in text]
    finally:
        server.stop()


def test_without_a_network_the_page_says_so(visiting: Visiting) -> None:
    visit = visiting().go("cast")

    visit.page.context.set_offline(offline=True)
    expect(visit.page.get_by_role("alert").first).to_contain_text("You are offline")
    visit.page.context.set_offline(offline=False)

    expect(visit.page.locator(".banner")).to_have_count(0)
    visit.complaints = [text for text in visit.complaints if "net::ERR_" not in text]


def test_a_reminder_is_set_with_a_yes_listed_and_cancelled(visiting: Visiting) -> None:
    at = (datetime.now(UTC) + timedelta(days=2)).isoformat(timespec="seconds")
    visit = visiting().cast(f'call set_reminder {{"at": "{at}", "text": "look again"}}; say 2')
    visit.ended("interrupt")
    visit.page.get_by_role("button", name="Yes, do it").click()
    visit.ended()

    visit.go("notices")
    visit.page.get_by_role("button", name="Cancel it: look again").click()

    expect(visit.page.get_by_text("look again")).to_have_count(0)
    assert visit.api.get("/reminders").json()["items"] == []


def test_a_line_that_has_gone_quiet_is_given_up_and_mended(visiting: Visiting) -> None:
    """Not even a heartbeat: the socket may say what it likes."""
    visit = visiting()
    visit.page.clock.install()
    visit.cast("say 2; fail stall after 3")
    expect(visit.page.locator(".told")).to_contain_text("word00001")
    visit.page.get_by_role("button", name="Inspect").click()

    visit.page.clock.fast_forward(46_000)

    expect(visit.page.locator(".attempts li")).to_have_count(2, timeout=10_000)
    assert "it was quiet for too long" in visit.attempts[0][1]
    visit.call_off()
    visit.ended("cancelled")


def test_the_ledger_tells_every_movement(visiting: Visiting) -> None:
    visit = visiting().cast("say 3; fail cut")
    visit.ended("error")

    visit.go("points")

    rows = visit.page.locator(".rows li")
    expect(rows).to_have_count(3)
    assert [row.locator("b").inner_text() for row in rows.all()] == ["+10", "−10", "+100"]
    expect(visit.page.locator(".balance")).to_have_text("100")


def test_points_that_come_meanwhile_are_seen_with_their_notice(
    visiting: Visiting, hosted: ServerProcess
) -> None:
    visit = visiting()
    visit.page.clock.install()
    visit.go("points")
    expect(visit.page.locator(".balance")).to_have_text("100")
    hosted.beside.set_balance(visit.api.email, 600)
    hosted.beside.notify(visit.api.email, "Points for you")

    visit.page.clock.fast_forward(21_000)

    expect(visit.page.get_by_role("link", name="1 unread")).to_be_visible()
    expect(visit.page.locator(".balance")).to_have_text("600")


def test_the_ledger_says_what_points_went_for_and_leads_there(visiting: Visiting) -> None:
    visit = visiting().cast("say 3")
    visit.ended()
    visit.page.get_by_label("Ask one thing more").fill("say 2")
    visit.page.get_by_role("button", name="Ask").click()
    expect(visit.page.locator(".spent")).to_be_visible()
    thread = visit.thread

    visit.go("points")

    rows = visit.page.locator(".rows li")
    expect(rows.nth(0)).to_contain_text("A further question")
    expect(rows.nth(1)).to_contain_text("A reading")
    rows.nth(1).get_by_role("link", name="say 3").click()
    assert visit.thread == thread
