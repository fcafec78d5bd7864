"""Who is at the console: codes, tokens, and tabs that share one sign-in."""

from contextlib import ExitStack

from playwright.sync_api import expect

from tests.console.conftest import Visiting
from tests.console.visit import Visit

LOSE_ACCESS = "sessionStorage.removeItem('eryao.access')"
SPOIL_ACCESS = """sessionStorage.setItem('eryao.access',
    JSON.stringify({token: 'not.a.token', until: null}))"""


def assert_here(visit: Visit) -> None:
    expect(visit.page.get_by_role("link", name="Points 100")).to_be_visible()


def test_somebody_new_signs_in_with_a_token(visiting: Visiting) -> None:
    visit = visiting(signed_in=False)
    visit.go()

    visit.page.get_by_text("Other ways to sign in").click()
    visit.page.get_by_label("Paste an access token").fill(visit.api.token)
    visit.page.get_by_role("button", name="Enter").click()

    expect(visit.page.get_by_label("What do you want to know?")).to_be_visible()
    visit.page.reload()
    expect(visit.page.get_by_role("link", name="Points 100")).to_be_visible()
    visit.sign_out()
    expect(visit.page.get_by_label("E-mail")).to_be_visible()
    assert visit.page.evaluate(
        "[sessionStorage.length, localStorage.getItem('eryao.refresh')]"
    ) == [
        0,
        None,
    ]


def test_a_wrong_token_lets_nobody_in(visiting: Visiting) -> None:
    visit = visiting(signed_in=False)
    visit.go()

    visit.page.get_by_text("Other ways to sign in").click()
    visit.page.get_by_label("Paste an access token").fill("not.a.token")
    visit.page.get_by_role("button", name="Enter").click()

    assert "sign in" in visit.problem("AUTH_UNAUTHORIZED").lower()


def test_a_wrong_code_is_asked_for_again(visiting: Visiting) -> None:
    visit = visiting(signed_in=False).go()
    visit.page.get_by_label("E-mail").fill(visit.api.email)
    visit.page.get_by_role("button", name="Send me a code").click()

    visit.page.get_by_label("Code", exact=True).fill("000000")
    visit.page.get_by_role("button", name="Enter").first.click()

    assert "wrong, used or too old" in visit.problem("AUTH_VERIFICATION_CODE_INVALID")
    expect(visit.page.get_by_label("Code", exact=True)).to_be_visible()


def test_a_token_that_is_no_longer_good_is_renewed_unseen(visiting: Visiting) -> None:
    visit = visiting(signed_in=False).sign_in()

    visit.page.evaluate(SPOIL_ACCESS)
    visit.page.reload()

    assert_here(visit)
    visit.cast().ended()


def test_tabs_that_wake_at_once_share_one_sign_in(visiting: Visiting) -> None:
    """A refresh token spent twice would end the sign-in of all of them."""
    visit = visiting(signed_in=False).sign_in()
    tabs = [visit, *(visit.beside() for _ in range(2))]
    for tab in tabs:
        tab.go("points")
        tab.page.evaluate(LOSE_ACCESS)

    with ExitStack() as loads:
        for tab in tabs:
            # Until then the page that goes would do for the one that comes.
            loads.enter_context(tab.page.expect_event("load"))
            tab.page.evaluate("setTimeout(() => location.reload())")

    for tab in tabs:
        assert_here(tab)
        tab.page.evaluate(LOSE_ACCESS)
        tab.page.reload()
    for tab in tabs:
        assert_here(tab)
        tab.assert_quiet()


def test_signing_out_ends_it_in_every_tab(visiting: Visiting) -> None:
    visit = visiting(signed_in=False).sign_in()
    other = visit.beside().go("points")
    spent = visit.page.evaluate("localStorage.getItem('eryao.refresh')")

    visit.sign_out()

    expect(visit.page.get_by_label("E-mail")).to_be_visible()
    expect(other.page.get_by_label("E-mail")).to_be_visible()
    answer = visit.api.post("/auth/refresh", json={"refreshToken": spent})
    assert answer.status_code == 401
