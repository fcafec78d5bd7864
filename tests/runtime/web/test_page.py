"""Pages, and what an Accept header means."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest

from runtime.web.page import accepted, page

OFFERS = ("text/html", "application/json")


@pytest.mark.parametrize(
    ("header", "best"),
    [
        (None, "text/html"),
        ("", "text/html"),
        ("*/*", "text/html"),
        ("application/json", "application/json"),
        ("application/json, text/html", "text/html"),
        ("text/html;q=0.5, application/json", "application/json"),
        ("application/*", "application/json"),
        ("text/html;q=0, */*", "application/json"),
        ("text/html;q=x, application/json;q=0.1", "application/json"),
        ("TEXT/HTML; charset=utf-8", "text/html"),
        ("image/png", None),
        ("*/*;q=0", None),
    ],
)
def test_the_best_liked_offer_wins(header: str | None, best: str | None) -> None:
    assert accepted(header, OFFERS) == best


def test_a_page_allows_its_own_style_and_nothing_else() -> None:
    answer = page("A <b>", "<p>body</p>")
    html = bytes(answer.body).decode()
    style = re.search(r"<style>(.*)</style>", html, re.DOTALL)

    assert style is not None
    digest = b64encode(sha256(style[1].encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "<h1>A &lt;b&gt;</h1>" in html
