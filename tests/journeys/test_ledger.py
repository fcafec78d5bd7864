"""The ledger in pages while it grows: every entry once, and none that was there is skipped."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Event
from typing import Any

import pytest

from tests.support.api import Api, Body
from tests.support.problems import assert_problem
from tests.support.server import ServerProcess
from tests.support.viewer import wait_until
from tests.support.worlds import shared

__all__ = ["shared"]

STARTERS = 3
WALKS = 3


def walked(api: Api, limit: int) -> list[Any]:
    """All entries from the newest to the oldest, page by page."""
    entries: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = api.get("/points/ledger", params={"limit": limit, **cursor}).json()
        entries += page["items"]
        if page["nextCursor"] is None:
            return entries
        cursor = {"cursor": page["nextCursor"]}


def test_pages_skip_and_repeat_nothing_while_entries_are_added(
    ann: Api, shared: ServerProcess
) -> None:
    shared.beside.set_balance(ann.email, 100_000)
    over = Event()

    def start_on_and_on() -> list[str]:
        begun = []
        while not over.is_set():
            body = Body("fail error")
            assert ann.start(body).status_code == 202
            begun.append(body.run)
        return begun

    def walk() -> tuple[set[str], list[Any]]:
        before = {entry["id"] for entry in ann.get("/points/ledger").json()["items"]}
        return before, walked(ann, 3)

    with ThreadPoolExecutor(STARTERS) as pool:
        starters = [pool.submit(start_on_and_on) for _ in range(STARTERS)]
        try:
            wait_until(lambda: len(walked(ann, 100)) > 9)
            walks = [walk() for _ in range(WALKS)]
        finally:
            over.set()
        begun = [run for starter in starters for run in starter.result()]
    for run in begun:
        ann.ended(run)
    assert len(walks[-1][1]) > len(walks[0][1]), "it grew while it was walked"

    for before, entries in walks:
        ids = [entry["id"] for entry in entries]
        assert len(set(ids)) == len(ids)
        assert before <= set(ids)
        assert_a_chain(entries)


def assert_a_chain(entries: list[Any]) -> None:
    times = [entry["createdAt"] for entry in entries]
    assert times == sorted(set(times), reverse=True)
    for later, earlier in pairwise(entries):
        assert later["balanceAfter"] == earlier["balanceAfter"] + later["amount"]
    assert entries[-1]["balanceAfter"] == entries[-1]["amount"]


def test_an_entry_says_what_it_belongs_to(ann: Api) -> None:
    body = Body("fail error")
    ann.start(body)
    ann.ended(body.run)

    back, paid, signup = walked(ann, 50)

    assert [back["kind"], paid["kind"], signup["kind"]] == ["refund", "run", "signup"]
    assert back["runId"] == paid["runId"] == body.run
    assert (signup["runId"], signup["inviteId"]) == (None, None)


def test_an_entry_says_what_was_asked_and_where_until_that_is_forgotten(ann: Api) -> None:
    body = Body("say 1")
    ann.perform(body)
    ann.perform(body.follow_up("say 2"))

    later, first, signup = walked(ann, 50)

    assert (first["runKind"], later["runKind"]) == ("divination", "follow_up")
    title = ann.session(body.thread)["title"]
    for entry in (first, later):
        assert (entry["threadId"], entry["title"]) == (body.thread, title)
    assert (signup["runKind"], signup["threadId"], signup["title"]) == (None, None, None)
    ann.http.delete(f"/agent/sessions/{body.thread}")
    assert [entry["title"] for entry in walked(ann, 50)] == [None, None, None]
    assert ann.balance() == 85


def test_a_cursor_that_is_no_time_of_ours_is_refused(ann: Api) -> None:
    odd = ("yesterday", "2026-01-01", "2026-W01-1T00:00:00Z", "2026-01-01T25:00:00Z", "1")
    edges = ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59")
    for cursor in (*odd, *edges):
        refused = ann.get("/points/ledger", params={"cursor": cursor})
        assert_problem(refused, "POINTS_INVALID_CURSOR", 422)


@pytest.mark.parametrize("path", ["/points/ledger", "/notifications"])
def test_a_cursor_may_be_any_spelling_of_the_time(ann: Api, path: str) -> None:
    """As languages write it by themselves; a plus sign that was not escaped comes as a space."""
    ann.perform(Body("say 1"))
    for cursor in (
        "2100-01-01T00:00:00",
        "2100-01-01T00:00:00.5Z",
        "2100-01-01T08:00:00+08:00",
        "2100-01-01T00:00:00.123456 00:00",
    ):
        assert ann.get(path, params={"cursor": cursor}).json() == ann.get(path).json()
    first = ann.get("/points/ledger").json()["items"][0]["createdAt"].replace("Z", "+00:00")
    assert ann.get("/points/ledger", params={"cursor": first}).json()["items"][0]["amount"] == 100
