"""What is one user's is nobody else's: every call of the API document is tried by a stranger."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import httpx2
import pytest

from tests.support.api import Api, Body
from tests.support.approvals import SAVE, approved, ask
from tests.support.problems import assert_problem
from tests.support.server import ServerProcess

API = "/api/v1"
BODIES: dict[str, dict[str, Any]] = {
    "/agent/runs/{runId}/tool-calls/{toolCallId}/decision": {"decision": "approve"},
}
QUERIES = {"/agent/sessions/{threadId}/events": "?runId={runId}"}


@dataclass(frozen=True)
class Call:
    """One operation of the API document."""

    method: str
    path: str
    is_public: bool

    @property
    def names(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.path)


@dataclass(frozen=True)
class Owned:
    """Ann's session, waiting for her word."""

    threadId: str  # noqa: N815 - as the paths have it
    runId: str  # noqa: N815
    toolCallId: str  # noqa: N815
    readings: str
    notifications: str
    shares: str
    files: str

    def fill(self, path: str) -> str:
        named = getattr(self, path.split("/")[1], "")
        return (path + QUERIES.get(path, "")).format(id=named, path=named, **self.__dict__)


@pytest.fixture
def owned(ann: Api, shared: ServerProcess) -> Iterator[Owned]:
    body, (call_id,) = ask(ann, SAVE)
    before = ann.session(body.thread)
    approved(ann, SAVE)
    approved(ann, "say 1; call share_reading {}; say 1")
    drawn = Body("call draw_chart {}; say 1")
    ann.perform(drawn)
    shared.beside.notify(ann.email, "Only for Ann.")
    things = {name: ann.get(f"/{name}").json() for name in ("readings", "notifications", "shares")}
    ids = {name: thing["items"][0]["id"] for name, thing in things.items()}
    path = ann.calls(drawn.run)[0]["result"].rpartition("/files/")[2]
    yield Owned(body.thread, body.run, call_id, **ids, files=path)
    assert ann.session(body.thread) == before, "a stranger has changed something"
    for name, thing in things.items():
        assert ann.get(f"/{name}").json() == thing, "a stranger has changed something"


def calls_of(server: ServerProcess) -> list[Call]:
    document = httpx2.get(f"{server.url}/openapi.json").json()
    return [
        Call(method.upper(), path.removeprefix(API), is_public="security" not in entry)
        for path, methods in document["paths"].items()
        for method, entry in methods.items()
        if path.startswith(API)
    ]


def ask_for(api: Api, call: Call, path: str) -> httpx2.Response:
    return api.http.request(call.method, path, json=BODIES.get(call.path))


def test_whatever_names_something_of_anothers_is_refused(
    bob: Api, owned: Owned, shared: ServerProcess
) -> None:
    naming = [call for call in calls_of(shared) if call.names and not call.is_public]
    assert len(naming) >= 9

    for call in naming:
        refused = ask_for(bob, call, owned.fill(call.path))
        assert refused.status_code in {403, 404}, f"{call.method} {call.path}: {refused.text}"
        assert_problem(refused, refused.json()["code"], refused.status_code)


def test_the_owner_is_not_refused(ann: Api, owned: Owned, shared: ServerProcess) -> None:
    """Or the test above would prove nothing."""
    reading = [call for call in calls_of(shared) if call.names and call.method == "GET"]

    for call in reading:
        assert ask_for(ann, call, owned.fill(call.path)).is_success, call.path


def test_what_names_nothing_tells_only_of_oneself(
    bob: Api, owned: Owned, shared: ServerProcess
) -> None:
    lists = [call for call in calls_of(shared) if not call.names and call.method == "GET"]
    assert len(lists) >= 4

    for call in lists:
        told = ask_for(bob, call, call.path).text
        assert not set(vars(owned).values()) & set(told.split('"'))


def test_a_run_cannot_be_started_with_anothers_ids(bob: Api, owned: Owned) -> None:
    for body in (
        Body(thread=owned.threadId),
        Body(mode="follow_up", thread=owned.threadId),
        Body(run=owned.runId),
        Body(run=owned.runId, thread=owned.threadId),
    ):
        assert_problem(bob.start(body), "AGENT_FORBIDDEN", 403)
    assert bob.balance() == 100


def test_nothing_is_told_to_whoever_does_not_sign_in(owned: Owned, shared: ServerProcess) -> None:
    private = [call for call in calls_of(shared) if not call.is_public]
    assert len(private) >= 14

    with httpx2.Client(base_url=shared.url + API) as anyone:
        for call in private:
            refused = anyone.request(call.method, owned.fill(call.path))
            assert_problem(refused, "AUTH_UNAUTHORIZED", 401)


def test_ids_that_are_nobodys_are_not_found(ann: Api, shared: ServerProcess) -> None:
    ids = {field.name: Body().run for field in fields(Owned)}
    nobody = Owned(**{**ids, "files": f"u/{ids['files']}/charts/{ids['files']}.svg"})

    for call in calls_of(shared):
        if call.names and not call.is_public:
            missing = ask_for(ann, call, nobody.fill(call.path))
            assert missing.status_code == 404, f"{call.method} {call.path}: {missing.text}"
