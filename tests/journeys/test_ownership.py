"""What is one user's is nobody else's: every call of the API document is tried by a stranger."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from tests.support import web
from tests.support.api import Api, Body
from tests.support.approvals import SAVE, approved, ask
from tests.support.problems import assert_problem
from tests.support.server import ServerProcess

API = "/api/v1"
BODIES: dict[str, dict[str, Any]] = {
    "/agent/runs/{runId}/tool-calls/{toolCallId}/decision": {"decision": "approve"},
}
LISTS = ("readings", "notifications", "shares", "reminders")
NAMES = ("threadId", "runId", "toolCallId", "files")
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
    """What is Ann's, by the names that paths have for it."""

    ids: dict[str, str]

    def fill(self, path: str) -> str:
        """The path with Ann's ids in it; one that names what she has none of fails the test."""
        filled = path + QUERIES.get(path, "")
        for name in re.findall(r"\{(\w+)\}", filled):
            kind = path.split("/")[1] if name in {"id", "path"} else name
            assert kind in self.ids, f"{path} names {kind}: give Ann one of these"
            filled = filled.replace(f"{{{name}}}", self.ids[kind])
        return filled


@pytest.fixture
def owned(ann: Api, shared: ServerProcess) -> Iterator[Owned]:
    """Ann has one of everything, a session that waits for her word among it."""
    body, (call_id,) = ask(ann, SAVE)
    approved(ann, SAVE)
    approved(ann, "say 1; call share_reading {}; say 1")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    approved(ann, f'call set_reminder {{"at":"{tomorrow}","text":"Only for Ann."}}; say 1')
    drawn = Body("call draw_chart {}; say 1")
    ann.perform(drawn)
    shared.beside.notify(ann.email, "Only for Ann.")
    ann.http.patch("/profile", json={"displayName": "Only for Ann"})
    ids = {"threadId": body.thread, "runId": body.run, "toolCallId": call_id}
    for name in LISTS:
        ids[name] = ann.get(f"/{name}").json()["items"][0]["id"]
    ids["files"] = ann.calls(drawn.run)[0]["result"].rpartition("/files/")[2]
    ids["code"] = ann.post("/invite").json()["code"]
    owned = Owned(ids)
    before = everything_of(ann, owned, shared)
    yield owned
    assert everything_of(ann, owned, shared) == before, "a stranger has changed something"


def calls_of(server: ServerProcess) -> list[Call]:
    document = web.get(f"{server.url}/openapi.json").json()
    return [
        Call(method.upper(), path.removeprefix(API), is_public={} in entry.get("security", [{}]))
        for path, methods in document["paths"].items()
        for method, entry in methods.items()
        if path.startswith(API)
    ]


def everything_of(api: Api, owned: Owned, server: ServerProcess) -> dict[str, str]:
    """Whatever the owner can read."""
    reading = [call for call in calls_of(server) if call.method == "GET" and not call.is_public]
    told = {call.path: ask_for(api, call, owned.fill(call.path)).text for call in reading}
    return {path: re.sub(r"^retry: \d+", "", text) for path, text in told.items()}


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


def test_what_names_nothing_tells_and_changes_only_what_is_ones_own(
    bob: Api, owned: Owned, shared: ServerProcess, ann: Api
) -> None:
    """Whatever Bob calls, up to the end of his account."""
    unnamed = [call for call in calls_of(shared) if not call.names and not call.is_public]
    assert len(unnamed) >= 15
    secrets = {*owned.ids.values(), ann.email, "Only for Ann", "Only for Ann."}

    for call in sorted(unnamed, key=lambda call: call.method == "DELETE"):
        told = ask_for(bob, call, call.path).text
        assert not [secret for secret in secrets if secret in told], call.path


def test_a_run_cannot_be_started_with_anothers_ids(bob: Api, owned: Owned) -> None:
    thread, run = owned.ids["threadId"], owned.ids["runId"]
    for body in (
        Body(thread=thread),
        Body(mode="follow_up", thread=thread),
        Body(run=run),
        Body(run=run, thread=thread),
    ):
        assert_problem(bob.start(body), "AGENT_FORBIDDEN", 403)
    assert bob.balance() == 100


def test_nothing_is_told_to_whoever_does_not_sign_in(owned: Owned, shared: ServerProcess) -> None:
    private = [call for call in calls_of(shared) if not call.is_public]
    assert len(private) >= 14

    with web.Client(base_url=shared.url + API) as anyone:
        for call in private:
            refused = anyone.request(call.method, owned.fill(call.path))
            assert_problem(refused, "AUTH_UNAUTHORIZED", 401)


def test_ids_that_are_nobodys_are_not_found(ann: Api, shared: ServerProcess) -> None:
    some = Body().run
    nobody = Owned(
        {**dict.fromkeys((*NAMES, *LISTS), some), "files": f"u/{some}/charts/{some}.svg"}
    )

    for call in calls_of(shared):
        if call.names and not call.is_public:
            missing = ask_for(ann, call, nobody.fill(call.path))
            assert missing.status_code == 404, f"{call.method} {call.path}: {missing.text}"
