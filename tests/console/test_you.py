"""The page on which people tell of themselves, invite, see what they shared, and leave."""

import re

import httpx2
from playwright.sync_api import expect

from tests.console.conftest import Visiting
from tests.console.test_bringing import IS_SEEN
from tests.console.visit import Visit
from tests.support.media import picture
from tests.support.server import ServerProcess

SHARE = "say 2; call share_reading {}; say 1"


def button(visit: Visit, name: str) -> None:
    visit.page.get_by_role("button", name=name).click()


def test_a_profile_is_kept_and_what_is_wrong_is_said_at_its_field(visiting: Visiting) -> None:
    visit = visiting().go("you")
    name = visit.page.get_by_label("Name", exact=True)
    name.fill("Wen Wang")
    visit.page.get_by_label("About you").fill("x" * 501)
    visit.page.get_by_label("Birthday").fill("1990-05-17")
    visit.page.get_by_label("Language of your readings").select_option("zh-Hant")
    button(visit, "Save")

    bio = visit.page.get_by_label("About you")
    expect(bio).to_have_attribute("aria-invalid", "true")
    expect(bio).to_be_focused()
    expect(bio).to_have_accessible_description(re.compile("at most 500"))
    expect(name).to_have_attribute("aria-invalid", "false")
    assert name.input_value() == "Wen Wang"  # what was typed stays
    bio.fill("")
    button(visit, "Save")

    expect(visit.page.locator(".toast")).to_have_text("Saved")
    kept = visit.api.get("/profile").json()
    assert (kept["displayName"], kept["bio"], kept["birthday"], kept["locale"]) == (
        *("Wen Wang", None, "1990-05-17", "zh-Hant"),
    )
    visit.page.reload()
    expect(name).to_have_value("Wen Wang")
    name.fill("")
    button(visit, "Save")
    expect(visit.page.locator(".toast")).to_have_text("Saved")
    assert visit.api.get("/profile").json()["displayName"] is None


def test_an_avatar_is_put_on_and_taken_off(visiting: Visiting) -> None:
    visit = visiting().go("you")
    chosen = visit.page.locator(".avatar input")
    chosen.set_input_files({"name": "me.png", "mimeType": "image/png", "buffer": b"no picture"})
    assert "JPG, PNG or WebP" in visit.problem("AVATAR_FILE_INVALID")

    chosen.set_input_files({"name": "me.png", "mimeType": "image/png", "buffer": picture()})
    worn = visit.page.get_by_role("img", name="Picture")
    expect(worn).to_be_visible()
    assert worn.evaluate(IS_SEEN)
    visit.page.reload()
    expect(worn).to_be_visible()

    button(visit, "Remove it")
    expect(worn).to_have_count(0)
    assert visit.api.get("/profile").json()["avatarPath"] is None


def test_ones_own_page_asks_for_nothing_that_is_not_there(visiting: Visiting) -> None:
    """The browser's own console has a red line for each refusal, wanted or not."""
    visit = visiting()
    refused: list[str] = []
    visit.page.on("response", lambda got: refused.append(got.url) if got.status > 399 else None)

    visit.go("you")
    expect(visit.page.get_by_label("About you")).to_be_visible()
    expect(visit.page.get_by_text("You have shared nothing.")).to_be_visible()
    visit.page.wait_for_load_state("networkidle")

    assert refused == []


def test_invites_are_made_and_used(visiting: Visiting, hosted: ServerProcess) -> None:
    ann = visiting().go("you")
    button(ann, "Show my code")
    code = ann.page.locator(".you .command code").inner_text()
    assert code == ann.api.get("/invite").json()["code"]
    ann.page.reload()
    button(ann, "Show my code")
    expect(ann.page.locator(".you .command code")).to_have_text(code)
    bob = visiting().go("you")

    bob.page.get_by_label("Use somebody's code").fill("NOBODY99")
    button(bob, "Use it")
    assert "no such invite code" in bob.problem("INVITE_CODE_INVALID")
    expect(bob.page.get_by_label("Use somebody's code")).to_have_attribute("aria-invalid", "true")
    bob.page.get_by_label("Use somebody's code").fill(code.lower())
    button(bob, "Use it")

    expect(bob.page.locator(".toast")).to_contain_text("You got")
    assert bob.api.balance() > 100
    expect(bob.page.get_by_role("link", name=f"Points {bob.api.balance()}")).to_be_visible()


def test_a_shared_link_is_listed_and_revoked(visiting: Visiting) -> None:
    visit = visiting().cast(SHARE)
    visit.ended("interrupt")
    button(visit, "Yes, do it")
    visit.ended()
    link = visit.page.locator(".call a").get_attribute("href")
    assert link
    visit.go("you")

    button(visit, "Revoke: open until")
    button(visit, "Really revoke?")

    expect(visit.page.get_by_text("You have shared nothing.")).to_be_visible()
    assert visit.api.get("/shares").json()["items"] == []


def test_an_account_ends_when_its_address_is_typed(visiting: Visiting) -> None:
    visit = visiting(signed_in=False).sign_in().go("you")
    visit.page.locator(".end summary").click()
    address = visit.page.get_by_label("To delete it, type")
    address.fill("somebody@else.example")
    button(visit, "Delete it for good")
    expect(address).to_have_accessible_description("This is not your address.")
    assert visit.api.get("/profile").status_code in {200, 404}

    address.fill(visit.api.email)
    button(visit, "Delete it for good")

    expect(visit.page.locator(".toast")).to_contain_text("The account is deleted. Receipt: ")
    expect(visit.page.get_by_label("E-mail")).to_be_visible()
    assert visit.api.get("/points").status_code == 404
    kept = "['refresh', 'email'].map((name) => localStorage.getItem(`eryao.${name}`))"
    assert visit.page.evaluate(kept) == [None, None]


def test_a_reading_is_shared_by_its_button(visiting: Visiting) -> None:
    visit = visiting().cast("say 3")
    visit.ended()
    visit.page.get_by_text("Share this reading").click()

    visit.page.get_by_role("button", name="Make a link").click()

    link = visit.page.locator(".sharing code").inner_text()
    assert "composed from the chart alone" in httpx2.get(link).text
    visit.page.get_by_label("Include the question").check()
    visit.page.get_by_role("button", name="Make a link").click()
    expect(visit.page.locator(".sharing code")).not_to_have_text(link)
    assert len(visit.api.get("/shares").json()["items"]) == 2
    assert visit.api.balance() == 90


def test_feedback_is_said_once(visiting: Visiting, hosted: ServerProcess) -> None:
    visit = visiting().go("you")
    field = visit.page.get_by_label("What you want to say")
    # By the keyboard: what is still to come above it moves the button while a mouse is on its way.
    visit.page.get_by_role("button", name="Send it").press("Enter")
    expect(field).to_have_accessible_description("This is needed.")
    text = f"It reads well. {visit.api.email}"
    field.fill(text)
    visit.page.get_by_label("It is").select_option("praise")

    visit.page.get_by_role("button", name="Send it").evaluate("(b) => { b.click(); b.click(); }")

    expect(visit.page.locator(".toast")).to_have_text("It has arrived; thank you.")
    expect(field).to_have_value("")
    assert hosted.beside.count("feedback", content=text, kind="praise") == 1
