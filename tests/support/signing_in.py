"""A person with a mailbox, signing in over HTTP."""

from typing import Any, Self
from uuid import uuid4

import httpx2

from tests.support import web
from tests.support.mailbox import Mailbox
from tests.support.server import ServerProcess


class Visitor:
    """Somebody not signed in yet, from a network of their own unless told otherwise."""

    def __init__(self, server: ServerProcess, source: str = "") -> None:
        source = source or f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::1"
        headers = {"X-Forwarded-For": source}
        self.http = web.Client(base_url=server.url + "/api/v1", headers=headers, timeout=15)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def ask(self, email: str, **headers: str) -> httpx2.Response:
        return self.http.post("/auth/otp", json={"email": email}, headers=headers)

    def asked(self, email: str) -> str:
        """The challenge of a code that is on its way."""
        answer = self.ask(email)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["challenge"])

    def enter(self, email: str, code: str, **more: Any) -> httpx2.Response:
        return self.http.post("/auth/otp/verify", json={"email": email, "code": code, **more})

    def sign_in(self, email: str, mailbox: Mailbox) -> Any:
        """From the address to the tokens."""
        before = len([mail for mail in mailbox.sent if mail["To"] == email])
        challenge = self.asked(email)
        answer = self.enter(email, mailbox.code(email, before + 1), challenge=challenge)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refresh(self, token: str | None) -> httpx2.Response:
        return self.http.post("/auth/refresh", json={"refreshToken": token})

    def leave(self, token: str | None) -> httpx2.Response:
        return self.http.post("/auth/logout", json={"refreshToken": token})

    def me(self, token: str) -> httpx2.Response:
        return self.http.get("/auth/me", headers={"Authorization": f"Bearer {token}"})


def new_address(name: str = "ann") -> str:
    return f"{name}-{uuid4()}@example.com"


def wrong(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"
