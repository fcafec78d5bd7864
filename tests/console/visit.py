"""Somebody at the console, in a real browser: what they do, what they see, what went wrong."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, FilePayload, Page, ViewportSize, expect

from tests.support.api import Api

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 800}
# A browser says this of every answer over 399, wanted or not.
_REFUSED = "Failed to load resource: the server responded with a status of"
# What no page may do, noted by the page itself before any of its scripts run.
_WATCH = """
window.violations = [];
addEventListener('securitypolicyviolation',
    (event) => violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""
_SIGNED = "sessionStorage.setItem('eryao.access', JSON.stringify({token: %s, until: null}));"


@dataclass
class Visit:
    """One user with one page open."""

    page: Page
    api: Api
    signed_in: bool = True
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, context: BrowserContext, api: Api, *, signed_in: bool = True) -> "Visit":
        page = context.new_page()
        page.set_default_timeout(8_000)
        return cls(page, api, signed_in).listening()

    def beside(self) -> "Visit":
        """The same user in one more tab."""
        return Visit.of(self.page.context, self.api, signed_in=self.signed_in)

    def listening(self) -> "Visit":
        self.page.add_init_script(_WATCH)
        if self.signed_in:
            self.page.add_init_script(_SIGNED % json.dumps(self.api.token))
        self.page.on("console", lambda message: self.heard(message.type, message.text))
        self.page.on("pageerror", lambda error: self.heard("error", str(error)))
        return self

    def heard(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not text.startswith(_REFUSED):
            self.complaints.append(text)

    def leave(self) -> None:
        """Close all tabs but the first, in a browser that forgets what this server left there."""
        context = self.page.context
        first, *tabs = context.pages
        for tab in tabs:
            tab.close()
        context.set_offline(offline=False)
        devtools = context.new_cdp_session(first)
        forgotten = {"origin": self.api.url, "storageTypes": "all"}
        devtools.send("Storage.clearDataForOrigin", forgotten)
        devtools.detach()

    def assert_quiet(self) -> None:
        """Nothing threw, nothing was warned of, and the policy forbade nothing."""
        assert self.complaints == []
        assert self.page.evaluate("violations") == []

    # --- what they do -----------------------------------------------------------------------

    def go(self, path: str = "") -> "Visit":
        self.page.goto(f"{self.api.url}/#/{path}")
        expect(self.page.locator("h1")).to_be_visible()
        return self

    def sign_in(self) -> "Visit":
        """By a one-time code, out of the mail that a server without a mail server shows here."""
        self.go()
        self.page.get_by_label("E-mail").fill(self.api.email)
        self.page.get_by_role("button", name="Send me a code").click()
        mail = self.page.locator(".mail pre")
        expect(mail).to_contain_text(re.compile(r"\d{6}"))
        code = re.search(r"\d{6,}", mail.inner_text())
        assert code
        self.page.get_by_label("Code", exact=True).fill(code[0])
        self.page.get_by_role("button", name="Enter").first.click()
        expect(self.page.get_by_label("What do you want to know?")).to_be_visible()
        return self

    def throw(self) -> "Visit":
        """Six throws; the test's browser asks for reduced motion, so nothing flies."""
        for number in range(1, 7):
            self.page.get_by_role("button", name=f"Throw no. {number}").click()
        return self

    def cast(self, question: str = "say 5") -> "Visit":
        self.go("cast")
        self.page.get_by_label("What do you want to know?").fill(question)
        self.throw()
        return self.read()

    def read(self) -> "Visit":
        self.page.get_by_role("button", name="Read it").click()
        return self

    def sign_out(self) -> "Visit":
        self.go("you")
        self.page.get_by_role("button", name="Sign out").click()
        return self

    def add(self, *files: tuple[str, str, bytes]) -> "Visit":
        """Choose files: each its name, what the browser takes it for, and what is in it."""
        chosen = [FilePayload(name=name, mimeType=kind, buffer=data) for name, kind, data in files]
        self.page.locator(".files-input").set_input_files(chosen)
        return self

    def pull(self) -> "Visit":
        """The plug is the inspector's, which is open from then on."""
        if not self.page.locator(".inspector").count():
            self.page.get_by_role("button", name="Inspect").click()
        # At once: a reading that arrives moves the page, and would be over before all stands still.
        self.page.get_by_role("button", name="Pull the plug").dispatch_event("click")
        return self

    def call_off(self) -> "Visit":
        """A reading whose first words have come; that is asked twice."""
        self.page.get_by_role("button", name="Call it off").click()
        self.page.get_by_role("button", name="Really call it off").click()
        return self

    # --- what they see ----------------------------------------------------------------------

    def ended(self, outcome: str = "success", seconds: float = 15) -> "Visit":
        article = self.page.locator("article")
        expect(article).to_have_attribute("data-outcome", outcome, timeout=seconds * 1000)
        return self

    def problem(self, code: str) -> str:
        note = self.page.locator(f'.note[data-code="{code}"]')
        expect(note).to_be_visible(timeout=10_000)
        return note.inner_text()

    @property
    def thread(self) -> str:
        expect(self.page).to_have_url(re.compile("#/readings/"), timeout=10_000)
        return self.page.url.rpartition("/")[2]

    @property
    def text(self) -> str:
        """What stands on the page of the reading, without what is only look."""
        return bare("".join(self.page.locator(".told").all_inner_texts()))

    @property
    def attempts(self) -> list[tuple[str, str]]:
        """For each connection, the cursor it was asked for with, and how it is described."""
        items = self.page.locator(".attempts li").all()
        return [(item.get_attribute("data-from") or "", item.inner_text()) for item in items]


def told(session: Any) -> str:
    """What the server keeps as said in a session, without what is only look."""
    messages = [message for message in session["messages"] if message["role"] == "assistant"]
    return bare("".join(message.get("content") or "" for message in messages))


def bare(text: str) -> str:
    return re.sub(r"[\s*]", "", text)
